import type { Act } from '../audit/act.ts';
import { systemFor } from '../jobs/do-task.ts';
import { finishRecording, startRecording } from '../recordings/make-recording.ts';
import { recordingUrl } from '../recordings/recording.ts';
import { startTranscription } from '../recordings/transcribe.ts';
import { afterRecord, type CallRecord, type CallRequest } from '../twiml/call-run.ts';
import { type Call, callParameters } from './call.ts';

const TRANSCRIBING_MS = 500;

/**
 * Stores the recording of a `Record` verb. It belongs to the app whose URL controls the call.
 * @param due the time of its end
 * @returns the request to the verb's action; null: the document goes on.
 */
export async function keepRecord(
  causing: Act,
  call: Call,
  verb: CallRecord,
  due: number,
): Promise<CallRequest | null> {
  const { account_sid, root_sid, sid: call_sid, url_by_grant } = call;
  const act: Act = { ...causing, actor: systemFor(url_by_grant) };
  const started = await startRecording(act, {
    account_sid,
    root_sid,
    call_sid,
    channels: 1,
    track: 'inbound',
    source: 'RecordVerb',
    callback: verb.recording_status_callback,
    callback_by_grant: url_by_grant,
  });
  const recording = await finishRecording(act, started, verb.seconds);
  if (verb.transcribe) {
    const url = verb.transcribe_callback;
    const callback = url === null ? null : { url, by_grant: url_by_grant };
    const wanted = { words: verb.words, callback, parameters: callParameters(call) };
    await startTranscription(act, recording, wanted, due + TRANSCRIBING_MS);
  }
  const recording_url = recordingUrl(act.app, recording);
  return afterRecord(verb, { recording_url, recording_sid: recording.sid });
}
