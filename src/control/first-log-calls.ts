import { type Call, inboundCategory, outboundCategory } from '../calls/call.ts';
import { type CallOptions, PLAIN_OPTIONS } from '../calls/call-options.ts';
import type { NewEntry } from '../carrier/timeline.ts';
import { MICRO_PER_UNIT } from '../kit/money.ts';
import type { IncomingPhoneNumber } from '../numbers/incoming-phone-number.ts';
import type { Recording } from '../recordings/recording.ts';
import type { Transcription } from '../recordings/transcription.ts';
import {
  type Course,
  type LogPlan,
  momentOf,
  type Planned,
  statusEntry,
  timelineOf,
} from './first-log-plan.ts';

/** The outcomes of the calls, in order. */
type Kind =
  | 'said'
  | 'recorded'
  | 'busy'
  | 'no-answer'
  | 'failed'
  | 'canceled'
  | 'answered'
  | 'missed';
const KINDS: readonly Kind[] = [
  ...(['said', 'answered', 'no-answer', 'said', 'busy', 'said', 'answered', 'said'] as const),
  ...(['recorded', 'no-answer', 'said', 'failed', 'answered', 'said', 'said', 'canceled'] as const),
  ...(['said', 'missed', 'answered', 'said', 'busy', 'said', 'no-answer', 'said'] as const),
  ...(['answered', 'said', 'said', 'failed', 'recorded', 'answered', 'said', 'busy'] as const),
  ...(['said', 'no-answer', 'answered', 'missed', 'said', 'canceled', 'said', 'answered'] as const),
];
const SAID = [
  'Your appointment is tomorrow at half past nine. Press 1 to hear this again.',
  'Your order is ready. We are open until six.',
  'This is a reminder: your subscription ends on Friday.',
];
const WELCOME = 'Good morning. All our lines are busy; please leave us a message.';
const VOICE_URL = 'https://app.example.com/voice';
const NO_URL = 'The number has no voice URL, so its calls have no instructions.';
/** The endings of dialled numbers, which decide the outcomes of calls. */
const ENDINGS: Readonly<Partial<Record<Kind, string>>> = {
  busy: '0002',
  'no-answer': '0003',
  failed: '0004',
};
const OTHERS = ['0110', '0113', '0117', '0121', '0126', '0134', '0142', '0155'];

const RINGING_MS = 100;
const ANSWERED_MS = 400;
const ENDED_MS = 1_600;

/** A call with its recordings and other parts. */
export interface PlannedCall extends Planned<Call> {
  readonly recording: Planned<Recording> | null;
  readonly transcription: Planned<Transcription> | null;
}

/** Plans calls in both directions, with every state in which a call can end. */
export function planCalls(plan: LogPlan): PlannedCall[] {
  return KINDS.flatMap((kind, at) => {
    const number = plan.numbers[at % 3 === 2 ? 2 : at % 2];
    return number ? [planCall(plan, number, kind, at)] : [];
  });
}

function planCall(plan: LogPlan, number: IncomingPhoneNumber, kind: Kind, at: number): PlannedCall {
  const isInbound = kind === 'answered' || kind === 'missed';
  const isAnswered = kind === 'answered' || kind === 'said' || kind === 'recorded';
  const other = `+1415555${ENDINGS[kind] ?? OTHERS[(at * 3) % OTHERS.length] ?? ''}`;
  const when = momentOf(plan, at, KINDS.length);
  const text = isInbound ? WELCOME : (SAID[at % SAID.length] ?? '');
  const duration = isAnswered ? 9 + plan.draw(kind === 'said' ? 40 : 200) : 0;
  const options: CallOptions = {
    ...PLAIN_OPTIONS,
    ...(isInbound ? {} : { twiml: `<Response><Say>${text}</Say></Response>` }),
    category: isInbound ? inboundCategory(number.type) : outboundCategory(other),
  };
  const row: Call = {
    ...PLAIN,
    sid: plan.sidOf('CA', `call ${at}`),
    account_sid: plan.account_sid,
    root_sid: plan.account_sid,
    to: isInbound ? number.phone_number : other,
    from: isInbound ? other : number.phone_number,
    phone_number_sid: number.sid,
    status: isAnswered ? 'completed' : kind === 'missed' ? 'failed' : kind,
    direction: isInbound ? 'inbound' : 'outbound-api',
    start_time: when + RINGING_MS,
    end_time: when + RINGING_MS + duration * 1_000,
    duration,
    options: JSON.stringify(options),
    date_created: when,
    date_updated: when + ENDED_MS,
  };
  const recording = kind === 'recorded' ? planRecording(plan, row, duration) : null;
  const { account_sid, sid: key } = row;
  const usage_micro = minutesOf(duration) * MICRO_PER_UNIT;
  const { category } = options;
  return {
    row,
    timeline: timelineOf(row, courseOf(kind, text, duration, recording?.row ?? null)),
    used: isAnswered
      ? { account_sid, category, count: 1, usage_micro, key, at: when + ENDED_MS }
      : null,
    recording,
    transcription: recording && planTranscription(plan, recording.row, text),
  };
}

const PLAIN = {
  parent_call_sid: null,
  price_micro: null,
  answered_by: null,
  forwarded_from: null,
  caller_name: null,
  trunk_sid: null,
  status_callback: null,
  status_callback_method: 'POST',
  status_callback_events: '[]',
  status_callbacks: 0,
  url_by_grant: null,
  created_by_grant: null,
} as const;

function minutesOf(seconds: number): number {
  return Math.max(1, Math.ceil(seconds / 60));
}

function courseOf(kind: Kind, text: string, seconds: number, recording: Recording | null): Course {
  const ended = { CallDuration: String(seconds), Duration: String(minutesOf(seconds)) };
  const say: NewEntry = {
    kind: 'verb',
    detail: { name: 'Say', line: 1, attributes: {}, text, seconds },
  };
  const recorded = (status: string, duration: number | null): NewEntry => ({
    kind: 'note',
    detail: { recording_sid: recording?.sid, recording_status: status, duration },
  });
  if (kind === 'missed') {
    return [
      [0, statusEntry('ringing')],
      [RINGING_MS, { kind: 'note', detail: { message: NO_URL } }],
      [RINGING_MS, statusEntry('failed', { CallDuration: '0', Duration: '0' })],
    ];
  }
  if (kind === 'answered') {
    return [
      [0, statusEntry('ringing')],
      ...asked(text),
      [ANSWERED_MS, say],
      [ANSWERED_MS, statusEntry('in-progress')],
      [ENDED_MS, statusEntry('completed', ended)],
    ];
  }
  const rung: Course = [
    [0, statusEntry('initiated')],
    ...(kind === 'canceled' ? [] : ([[RINGING_MS, statusEntry('ringing')]] as const)),
  ];
  if (kind !== 'said' && kind !== 'recorded') {
    return [...rung, [ENDED_MS, statusEntry(kind, { CallDuration: '0', Duration: '0' })]];
  }
  return [
    ...rung,
    [ANSWERED_MS, statusEntry('in-progress')],
    ...(recording ? ([[ANSWERED_MS, recorded('in-progress', null)]] as const) : []),
    [ANSWERED_MS, say],
    ...(recording ? ([[ENDED_MS, recorded('completed', seconds)]] as const) : []),
    [ENDED_MS, statusEntry('completed', ended)],
  ];
}

/** A request to the number's application, which by now has another URL or none. */
function asked(text: string): Course {
  const request = { method: 'POST', url: VOICE_URL, status: 200, ms: 38 };
  const twiml = `<?xml version="1.0" encoding="UTF-8"?>\n<Response>\n  <Say>${text}</Say>\n</Response>`;
  const answer = { url: VOICE_URL, content_type: 'text/xml', text: twiml, is_cut: false };
  return [
    [RINGING_MS, { kind: 'request', detail: request }],
    [RINGING_MS, { kind: 'twiml', detail: answer }],
  ];
}

function planRecording(plan: LogPlan, call: Call, duration: number): Planned<Recording> {
  const { account_sid, root_sid, sid: call_sid, date_created, date_updated } = call;
  const sid = plan.sidOf('RE', `recording of ${call_sid}`);
  const start_time = date_created + ANSWERED_MS;
  const usage_micro = minutesOf(duration) * MICRO_PER_UNIT;
  return {
    row: {
      sid,
      account_sid,
      root_sid,
      call_sid,
      status: 'completed',
      channels: 1,
      source: 'OutboundAPI',
      track: 'both',
      start_time,
      duration,
      price_micro: null,
      status_callback: null,
      status_callback_method: 'POST',
      status_callback_events: '[]',
      callback_by_grant: null,
      created_by_grant: null,
      date_deleted: null,
      date_created: start_time,
      date_updated,
    },
    timeline: [],
    used: {
      account_sid,
      category: 'calls-recordings',
      count: 1,
      usage_micro,
      key: sid,
      at: date_updated,
    },
  };
}

function planTranscription(
  plan: LogPlan,
  recording: Recording,
  text: string,
): Planned<Transcription> {
  const { account_sid, root_sid, sid: recording_sid, duration, date_updated } = recording;
  const sid = plan.sidOf('TR', `transcription of ${recording_sid}`);
  const usage_micro = minutesOf(duration ?? 0) * MICRO_PER_UNIT;
  return {
    row: {
      sid,
      account_sid,
      root_sid,
      recording_sid,
      status: 'completed',
      type: 'fast',
      duration,
      price_micro: null,
      transcription_text: text,
      created_by_grant: null,
      date_created: date_updated,
      date_updated: date_updated + ANSWERED_MS,
    },
    timeline: [],
    used: {
      account_sid,
      category: 'transcriptions',
      count: 1,
      usage_micro,
      key: sid,
      at: date_updated,
    },
  };
}
