import type { Act } from '../audit/act.ts';
import type { Db } from '../db/database.ts';
import { ApiError, badRequest, NotFound } from '../kit/api-error.ts';
import { finishRecording, startRecording } from '../recordings/make-recording.ts';
import { isFinished, type Recording } from '../recordings/recording.ts';
import {
  countRecordings,
  fetchRecording,
  fetchRunningRecordings,
  updateRecording,
} from '../recordings/recording-store.ts';
import type { Call } from './call.ts';
import {
  lengthOf,
  optionsOf,
  type RecordingWanted,
  type RunningRecording,
} from './call-options.ts';
import { findCallLocked } from './call-store.ts';
import { secondsNow } from './end-call.ts';
import { changeOptions } from './report-call.ts';

/** The most recordings of one call, including deleted ones. */
const MAX_RECORDINGS = 100;
/** A name for the recording in progress, usable in place of its SID. */
const CURRENT = 'Twilio.CURRENT';

/** The changes of a recording in progress. */
export interface RecordingChange {
  readonly status: Recording['status'];
  /** Whether a pause is left out of the recording or is silence in it. */
  readonly pause_behavior?: 'skip' | 'silence';
}

/**
 * Starts a recording of a call that is in progress.
 * @throws ApiError 404; 400/21220 when the call is not in progress; 400/20001 for one too many.
 */
export async function recordCall(
  act: Act,
  place: Place,
  { channels, track, callback }: RecordingWanted,
): Promise<Recording> {
  const { tx, actor, record } = act;
  const { call, seconds } = await lockPlace(act, place);
  if (call.status !== 'in-progress') {
    throw new ApiError(400, 21220, `The call is ${call.status}; only one in progress is recorded`);
  }
  if ((await countRecordings(tx, call.sid)) >= MAX_RECORDINGS) {
    throw badRequest(`A call may have ${MAX_RECORDINGS} recordings.`);
  }
  const recording = await startRecording(act, {
    ...place,
    root_sid: call.root_sid,
    channels,
    track,
    source: 'StartCallRecordingAPI',
    callback,
    callback_by_grant: actor.grant_sid,
  });
  const { recordings } = optionsOf(call);
  const begun = { sid: recording.sid, seconds: 0, since: seconds };
  await changeOptions(act, call, { recordings: [...recordings, begun] });
  const { account_sid } = place;
  record({ action: 'recording.started', account_sid, target_sid: recording.sid });
  return recording;
}

interface Place {
  readonly account_sid: string;
  readonly call_sid: string;
}

async function lockPlace(act: Act, { account_sid, call_sid }: Place) {
  const seconds = await secondsNow(act, call_sid);
  const call = await findCallLocked(act.tx, act.app.database.engine, call_sid);
  if (call?.account_sid !== account_sid) throw new NotFound();
  return { call, seconds };
}

/**
 * Finds a recording of a call, by its SID or as the one in progress.
 * @throws ApiError 404
 */
export async function findRecordingOf(
  db: Db,
  { account_sid, call_sid }: Place,
  sid: string,
): Promise<Recording> {
  const [running] = sid === CURRENT ? await fetchRunningRecordings(db, account_sid, call_sid) : [];
  const recording = sid === CURRENT ? running : await fetchRecording(db, account_sid, sid);
  if (recording?.call_sid !== call_sid) throw new NotFound();
  return recording;
}

/**
 * Pauses, resumes or stops a recording. The state that it has already is no change.
 * @throws ApiError 404; 400/20001 for a status that cannot be set; 400/21220 when it has ended.
 */
export async function changeRecording(
  act: Act,
  place: Place,
  sid: string,
  change: RecordingChange,
): Promise<Recording> {
  const { call, seconds } = await lockPlace(act, place);
  const recording = await findRecordingOf(act.tx, place, sid);
  const { status } = change;
  if (status !== 'in-progress' && status !== 'paused' && status !== 'stopped') {
    throw badRequest('Status may be set to in-progress, paused or stopped');
  }
  if (status === 'stopped' ? isFinished(recording) : recording.status === status) return recording;
  if (isFinished(recording)) {
    throw new ApiError(400, 21220, `The recording is ${recording.status} and cannot continue`);
  }
  const { account_sid } = place;
  act.record({ action: `recording.${VERBS[status]}`, account_sid, target_sid: recording.sid });
  const running = optionsOf(call).recordings.find((one) => one.sid === recording.sid);
  const length = running ? lengthOf(running, seconds) : 0;
  if (status === 'stopped') {
    await keep(act, call, recording.sid, null);
    return finishRecording(act, recording, length);
  }
  const skips = status === 'paused' && change.pause_behavior === 'skip';
  await keep(act, call, recording.sid, {
    sid: recording.sid,
    seconds: length,
    since: skips ? null : seconds,
  });
  return updateRecording(act.tx, recording, { status, date_updated: act.now });
}

const VERBS = { 'in-progress': 'resumed', paused: 'paused', stopped: 'stopped' } as const;

/** Stores the length so far of a recording; null when it has ended. */
function keep(act: Act, call: Call, sid: string, running: RunningRecording | null): Promise<Call> {
  const others = optionsOf(call).recordings.filter((one) => one.sid !== sid);
  return changeOptions(act, call, { recordings: running ? [...others, running] : others });
}
