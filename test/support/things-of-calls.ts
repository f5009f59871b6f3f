import type { CallOptions } from '../../src/calls/call-options.ts';
import { PLAIN_OPTIONS } from '../../src/calls/call-options.ts';
import { beginRunning, type CallStep } from '../../src/calls/call-step.ts';
import { insertCall } from '../../src/calls/call-store.ts';
import type { Tx } from '../../src/db/database.ts';
import { putTask } from '../../src/jobs/task-store.ts';
import { insertRecording } from '../../src/recordings/recording-store.ts';
import { insertTranscription } from '../../src/recordings/transcription-store.ts';
import type { TestApp } from './test-app.ts';

/**
 * A live call and an ended one that it dialled, a running recording and one with a transcription.
 */
export interface ThingsOfCalls {
  readonly live_call_sid: string;
  readonly ended_call_sid: string;
  readonly running_recording_sid: string;
  readonly recording_sid: string;
  readonly transcription_sid: string;
}

/** The live call goes on for a year, so that it ends in no test. */
const YEAR_MS = 365 * 86_400_000;
const SECONDS = 3_600;
/** The numbers of every such call. */
export const ENDS_OF_CALLS = { to: '+14155550155', from: '+14155550156' } as const;

/** The main account of an account. */
export async function rootOf({ app }: Pick<TestApp, 'app'>, account_sid: string): Promise<string> {
  const { owner_account_sid } = await app.database.db
    .selectFrom('accounts')
    .select('owner_account_sid')
    .where('sid', '=', account_sid)
    .executeTakeFirstOrThrow();
  return owner_account_sid;
}

/** Calls of an account, with their recordings and transcriptions. Their texts hold a mark. */
export async function someCalls(
  { app }: Pick<TestApp, 'app'>,
  account_sid: string,
  mark = 'CANARY',
): Promise<ThingsOfCalls> {
  const now = app.now();
  const root_sid = await rootOf({ app }, account_sid);
  const dates = { date_created: now, date_updated: now };
  const common = { account_sid, root_sid, created_by_grant: null, ...dates };
  const sids = {
    live_call_sid: app.newSid('CA'),
    ended_call_sid: app.newSid('CA'),
    running_recording_sid: app.newSid('RE'),
    recording_sid: app.newSid('RE'),
    transcription_sid: app.newSid('TR'),
  };
  await app.database.write(async (tx) => {
    await putCalls(tx, sids, common, { mark, now });
    await putRecordings(tx, sids, common, { mark, now });
  });
  return sids;
}

interface Common {
  readonly account_sid: string;
  readonly root_sid: string;
  readonly created_by_grant: null;
  readonly date_created: number;
  readonly date_updated: number;
}

interface Marked {
  readonly mark: string;
  readonly now: number;
}

async function putCalls(tx: Tx, sids: ThingsOfCalls, common: Common, { mark, now }: Marked) {
  const { account_sid, root_sid } = common;
  const options: CallOptions = {
    ...PLAIN_OPTIONS,
    category: 'calls-outbound',
    url: `https://example.com/${mark}-url`,
    recordings: [{ sid: sids.running_recording_sid, seconds: 0, since: 0 }],
  };
  const call = {
    ...common,
    parent_call_sid: null,
    ...ENDS_OF_CALLS,
    phone_number_sid: null,
    direction: 'outbound-api' as const,
    start_time: now,
    answered_by: null,
    forwarded_from: null,
    caller_name: `${mark}-caller`,
    trunk_sid: null,
    status_callback: `https://example.com/${mark}-status`,
    status_callback_method: 'POST' as const,
    status_callback_events: '[]',
    status_callbacks: 0,
    url_by_grant: null,
    options: JSON.stringify(options),
  };
  const open = { end_time: null, duration: null, price_micro: null };
  const over = { end_time: now, duration: 60, price_micro: 14_000 };
  const parent_call_sid = sids.live_call_sid;
  await insertCall(tx, { ...call, ...open, sid: parent_call_sid, status: 'in-progress' });
  const dialled = { ...call, ...over, parent_call_sid, direction: 'outbound-dial' as const };
  await insertCall(tx, { ...dialled, sid: sids.ended_call_sid, status: 'completed' });
  const running = beginRunning({ is_answered: true, max_seconds: SECONDS, inputs: [] }, now);
  const state = { ...running.state, seconds: SECONDS };
  const step: CallStep = { name: 'end', ...running, state, because: 'end' };
  const date_next = now + YEAR_MS;
  const sid = sids.live_call_sid;
  const thing = { sid, account_sid, root_sid, kind: 'call' } as const;
  await putTask(tx, { ...thing, step: JSON.stringify(step), date_next });
}

async function putRecordings(tx: Tx, sids: ThingsOfCalls, common: Common, { mark, now }: Marked) {
  const recording = {
    ...common,
    call_sid: sids.live_call_sid,
    channels: 1 as const,
    source: 'RecordVerb' as const,
    track: 'both' as const,
    start_time: now,
    status_callback: `https://example.com/${mark}-recorded`,
    status_callback_method: 'POST' as const,
    status_callback_events: '[]',
    callback_by_grant: null,
    date_deleted: null,
  };
  const running = { status: 'in-progress' as const, duration: null, price_micro: null };
  const done = { status: 'completed' as const, duration: 1, price_micro: 2_500 };
  await insertRecording(tx, { ...recording, ...running, sid: sids.running_recording_sid });
  await insertRecording(tx, { ...recording, ...done, sid: sids.recording_sid });
  await insertTranscription(tx, {
    ...common,
    sid: sids.transcription_sid,
    recording_sid: sids.recording_sid,
    status: 'completed',
    type: 'fast',
    duration: 1,
    price_micro: 50_000,
    transcription_text: `${mark} ${sids.transcription_sid}`,
  });
}
