import type { Act } from '../audit/act.ts';
import { charge } from '../carrier/charge.ts';
import { sendCallback } from '../carrier/send-callback.ts';
import { callbackEntry, type NewEntry } from '../carrier/timeline.ts';
import { addToTimeline } from '../carrier/timeline-store.ts';
import { systemFor } from '../jobs/do-task.ts';
import { MICRO_PER_UNIT } from '../kit/money.ts';
import { readTexts } from '../kit/read-json.ts';
import { rfc2822 } from '../kit/utc.ts';
import { finishRecording, startRecording } from '../recordings/make-recording.ts';
import { type Recording, recordingUrl } from '../recordings/recording.ts';
import { fetchRecording } from '../recordings/recording-store.ts';
import type { CallEvent } from '../twiml/call-run.ts';
import { type Call, type CallStatus, callParameters } from './call.ts';
import { type CallOptions, lengthOf, optionsOf } from './call-options.ts';
import { updateCallRow } from './call-store.ts';

/**
 * The deeds by which a carrier reports the events of a call. Each one changes the call, writes its
 * timeline and puts the requested callbacks into the outbox, all or nothing.
 */

/** A call is being dialled. */
export function reportInitiated(act: Act, call: Call): Promise<Call> {
  return tell(act, call, { event: 'initiated', status: 'initiated' });
}

/** A call rings at the other end. */
export async function reportRinging(act: Act, call: Call): Promise<Call> {
  const { now } = act;
  const start_time = call.start_time ?? now;
  const changes = { status: 'ringing', start_time, date_updated: now } as const;
  return tell(act, await updateCallRow(act.tx, call, changes), {
    event: 'ringing',
    status: 'ringing',
  });
}

/**
 * A person or a machine has answered. A call with a requested recording is recorded from now on.
 * @param answered_by the result of a machine detection; null: none was requested
 */
export async function reportAnswered(
  act: Act,
  call: Call,
  answered_by: string | null,
): Promise<Call> {
  const { now } = act;
  const changes = { status: 'in-progress', answered_by, date_updated: now } as const;
  const start_time = call.start_time ?? now;
  const answered = await updateCallRow(act.tx, call, { ...changes, start_time });
  const told = await tell(act, answered, { event: 'answered', status: 'in-progress' });
  const { record } = optionsOf(told);
  return record === null ? told : recordFrom(act, told, record);
}

async function recordFrom(
  act: Act,
  call: Call,
  { channels, track, callback }: NonNullable<CallOptions['record']>,
): Promise<Call> {
  const { sid: call_sid, account_sid, root_sid, created_by_grant } = call;
  const by = { ...act, actor: systemFor(created_by_grant) };
  const { sid } = await startRecording(by, {
    account_sid,
    root_sid,
    call_sid,
    channels,
    track,
    source: 'OutboundAPI',
    callback,
    callback_by_grant: created_by_grant,
  });
  return changeOptions(act, call, { recordings: [{ sid, seconds: 0, since: 0 }] });
}

/** The end of a call. */
export interface CallEnding {
  readonly status: Extract<CallStatus, 'completed' | 'busy' | 'failed' | 'no-answer' | 'canceled'>;
  /** The duration from the answer on; zero for a call that was not answered. */
  readonly seconds: number;
  readonly entries?: readonly NewEntry[];
}

/** The final SIP answer of the called number's network (RFC 3261 section 21). */
const SIP_CODES: Readonly<Record<CallEnding['status'], string>> = {
  completed: '200',
  busy: '486',
  'no-answer': '487',
  canceled: '487',
  failed: '503',
};

/**
 * A call has ended. An answered call is metered by started minutes; the answer itself starts the
 * first one. The call's recordings end with it.
 */
export async function reportEnded(
  act: Act,
  call: Call,
  { status, seconds, entries = [] }: CallEnding,
): Promise<Call> {
  const { tx, now } = act;
  const isAnswered = status === 'completed';
  const duration = isAnswered ? seconds : 0;
  const recordings = await finishRecordings(act, call, seconds);
  const ended = await updateCallRow(tx, call, {
    status,
    // Simulated seconds pass faster than the clock, so this time may be ahead of the clock.
    end_time: call.start_time === null ? now : call.start_time + duration * 1_000,
    duration,
    price_micro: isAnswered ? await chargeCall(act, call, seconds) : null,
    date_updated: now,
  });
  await addToTimeline(tx, call, now, entries);
  const told = await tell(
    act,
    ended,
    { event: 'completed', status },
    {
      CallDuration: String(duration),
      Duration: String(isAnswered ? minutesOf(seconds) : 0),
      ...(call.direction !== 'inbound' && { SipResponseCode: SIP_CODES[status] }),
      ...recordedParameters(act, recordings),
    },
  );
  return changeOptions(act, told, { recordings: [] });
}

function minutesOf(seconds: number): number {
  return Math.max(1, Math.ceil(seconds / 60));
}

function chargeCall(act: Act, call: Call, seconds: number): Promise<number> {
  const { account_sid, sid: key, created_by_grant } = call;
  const { category } = optionsOf(call);
  const usage_micro = minutesOf(seconds) * MICRO_PER_UNIT;
  // The call has taken place already, so a limit must not stop its end.
  const by = { ...act, actor: systemFor(created_by_grant) };
  return charge(by, { account_sid, category, count: 1, usage_micro, key });
}

async function finishRecordings(act: Act, call: Call, seconds: number): Promise<Recording[]> {
  const finished: Recording[] = [];
  for (const running of optionsOf(call).recordings) {
    const recording = await fetchRecording(act.tx, call.account_sid, running.sid);
    if (!recording) continue;
    finished.push(await finishRecording(act, recording, lengthOf(running, seconds)));
  }
  return finished;
}

function recordedParameters({ app }: Act, recordings: readonly Recording[]) {
  const recording = recordings.find(({ status }) => status === 'completed');
  if (!recording) return {};
  return {
    RecordingUrl: recordingUrl(app, recording),
    RecordingSid: recording.sid,
    RecordingDuration: String(recording.duration),
  };
}

/** Changes options that only the carrier and the workers need. */
export function changeOptions(
  { tx }: Act,
  call: Call,
  changes: Partial<CallOptions>,
): Promise<Call> {
  const options = JSON.stringify({ ...optionsOf(call), ...changes });
  return updateCallRow(tx, call, { options });
}

/** Writes an event into the timeline, and a requested callback into the outbox. */
async function tell(
  act: Act,
  call: Call,
  { event, status }: { readonly event: CallEvent; readonly status: string },
  more: Readonly<Record<string, string>> = {},
): Promise<Call> {
  const { tx, now } = act;
  const entry: NewEntry = { kind: 'status', detail: { status, ...more } };
  const { status_callback: url, status_callback_method: method, status_callbacks } = call;
  const events = readTexts(call.status_callback_events);
  if (url === null || !events.includes(event)) {
    await addToTimeline(tx, call, now, [entry]);
    return call;
  }
  const delivery_sid = await sendCallback(act, {
    account_sid: call.account_sid,
    root_sid: call.root_sid,
    kind: 'call-status',
    url,
    method,
    parameters: {
      ...callParameters(call, status),
      ...more,
      SequenceNumber: String(status_callbacks),
      Timestamp: rfc2822(now),
      CallbackSource: 'call-progress-events',
    },
    url_by_grant: optionsOf(call).callback_by_grant,
  });
  const callback = callbackEntry(delivery_sid, { url, method, status });
  await addToTimeline(tx, call, now, [entry, callback]);
  return updateCallRow(tx, call, { status_callbacks: status_callbacks + 1 });
}
