import type { Act } from '../audit/act.ts';
import { charge } from '../carrier/charge.ts';
import { sendCallback } from '../carrier/send-callback.ts';
import { callbackEntry } from '../carrier/timeline.ts';
import { addToTimeline } from '../carrier/timeline-store.ts';
import { systemFor } from '../jobs/do-task.ts';
import { MICRO_PER_UNIT } from '../kit/money.ts';
import { readTexts } from '../kit/read-json.ts';
import type { CallbackWanted } from '../twiml/call-run.ts';
import { type Recording, recordingParameters } from './recording.ts';
import { insertRecording, updateRecording } from './recording-store.ts';

/** A new recording. */
export interface NewRecording extends Pick<Recording, 'channels' | 'track' | 'source'> {
  readonly account_sid: string;
  readonly root_sid: string;
  readonly call_sid: string;
  readonly callback: CallbackWanted | null;
  /** The grant of the app that gave the callback. */
  readonly callback_by_grant: string | null;
}

/** Starts a recording of a call, and sends its callback. */
export async function startRecording(act: Act, wanted: NewRecording): Promise<Recording> {
  const { app, tx, now, actor } = act;
  const { callback, callback_by_grant, ...rest } = wanted;
  const recording = await insertRecording(tx, {
    ...rest,
    sid: app.newSid('RE'),
    status: 'in-progress',
    start_time: now,
    duration: null,
    price_micro: null,
    status_callback: callback?.url ?? null,
    status_callback_method: callback?.method ?? 'POST',
    status_callback_events: JSON.stringify(callback?.events ?? []),
    callback_by_grant: callback === null ? null : callback_by_grant,
    created_by_grant: actor.grant_sid,
    date_deleted: null,
    date_created: now,
    date_updated: now,
  });
  await tell(act, recording);
  return recording;
}

/**
 * Ends a recording and meters it by started minutes. A recording of 0 seconds is absent and costs
 * nothing.
 */
export async function finishRecording(
  act: Act,
  recording: Recording,
  seconds: number,
): Promise<Recording> {
  const { account_sid, sid: key, created_by_grant } = recording;
  const isThere = seconds > 0;
  const by = { ...act, actor: systemFor(created_by_grant) };
  const usage_micro = Math.ceil(seconds / 60) * MICRO_PER_UNIT;
  const used = { account_sid, category: 'calls-recordings', count: 1, usage_micro, key };
  const finished = await updateRecording(act.tx, recording, {
    status: isThere ? 'completed' : 'absent',
    duration: seconds,
    price_micro: isThere ? await charge(by, used) : null,
    date_updated: act.now,
  });
  await tell(act, finished);
  return finished;
}

/**
 * Writes the state of a recording into its call's timeline, and a wanted callback into the outbox.
 */
async function tell(act: Act, recording: Recording): Promise<void> {
  const {
    account_sid,
    root_sid,
    call_sid,
    sid,
    status,
    duration,
    status_callback: url,
  } = recording;
  const { status_callback_method: method, status_callback_events } = recording;
  const call = { sid: call_sid, account_sid, root_sid };
  const detail = { recording_sid: sid, recording_status: status, duration };
  await addToTimeline(act.tx, call, act.now, [{ kind: 'note', detail }]);
  const events = readTexts(status_callback_events);
  if (url === null || !events.includes(status)) return;
  const delivery_sid = await sendCallback(act, {
    account_sid,
    root_sid,
    kind: 'recording-status',
    url,
    method,
    parameters: recordingParameters(act.app, recording),
    url_by_grant: recording.callback_by_grant,
  });
  const entry = callbackEntry(delivery_sid, { url, method, status, recording_sid: sid });
  await addToTimeline(act.tx, call, act.now, [entry]);
}
