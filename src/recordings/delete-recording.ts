import type { Act } from '../audit/act.ts';
import { ApiError } from '../kit/api-error.ts';
import { isFinished, type Recording } from './recording.ts';
import { updateRecording } from './recording-store.ts';
import { removeTranscription } from './transcribe.ts';
import { fetchTranscriptionsOf } from './transcription-store.ts';

/**
 * Deletes a recording with its transcriptions and all spoken words. Lists of deleted recordings
 * show for a while that it existed. Its price stays counted.
 * @throws ApiError 409/20009 while the recording runs
 */
export async function deleteRecording(act: Act, recording: Recording): Promise<void> {
  const { account_sid, sid, status } = recording;
  if (!isFinished(recording)) {
    throw new ApiError(409, 20009, `The recording is ${status}; stop it before it is deleted`);
  }
  const transcriptions = await fetchTranscriptionsOf(act.tx, account_sid, sid);
  for (const one of transcriptions) await removeTranscription(act, one);
  await updateRecording(act.tx, recording, { date_deleted: act.now, date_updated: act.now });
  act.record({
    action: 'recording.deleted',
    account_sid,
    target_sid: sid,
    detail: { transcriptions: transcriptions.map((one) => one.sid) },
  });
}
