import type { NewEntry } from '../carrier/timeline.ts';

/** How the TwiML of a call is run: what goes in, what comes out. All of it is plain JSON. */

/** How long a call may last: four hours, unless its `TimeLimit` says less. */
export const MAX_SECONDS = 4 * 60 * 60;

/** Numbers that one `Dial` may call. */
export const MAX_DIALLED = 10;

export type Method = 'GET' | 'POST';

/** What is known of a call between two verbs. */
export interface CallState {
  /** What relative URLs are resolved against; null for TwiML that came with the call itself. */
  readonly base_url: string | null;
  /** An incoming call is answered by the first verb that speaks or listens. */
  readonly is_answered: boolean;
  /** How long the call has lasted since it was answered, in simulated seconds. */
  readonly seconds: number;
  /** When it is cut off; `MAX_SECONDS` or its `TimeLimit`. */
  readonly max_seconds: number;
  /**
   * What the other side will do, one for each `Gather` and `Record`: press keys (`12#`), speak
   * words, or nothing at all (an empty text). When there is none left, it lets a `Gather` pass and
   * speaks a little to a `Record`.
   */
  readonly inputs: readonly string[];
}

/** What running TwiML came to. */
export interface CallRun {
  /** For the timeline: a `verb` for each one that was run, a `note` for what was not. */
  readonly events: readonly NewEntry[];
  readonly state: CallState;
  readonly next: CallNext;
}

export type CallNext = CallEnd | CallReject | CallRequest | CallDial | CallRecord | CallMessage;

/**
 * The call is over: it was hung up, the document has no more verbs, its time is up, or it was
 * sent to what is no URL.
 */
export interface CallEnd {
  readonly kind: 'end';
  readonly because: 'hangup' | 'end' | 'time-limit' | 'error';
}

export const TIME_IS_UP: CallEnd = { kind: 'end', because: 'time-limit' };

/** The call is turned away, unanswered. */
interface CallReject {
  readonly kind: 'reject';
  readonly reason: 'busy' | 'rejected';
}

/** The next document is to be asked for. The rest of this one is not run any more. */
export interface CallRequest {
  readonly kind: 'request';
  /** Absolute, http or https. */
  readonly url: string;
  readonly method: Method;
  /** What is sent beside what every request of the call sends, such as `Digits`. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** What a status callback can be asked for; all of the ends of a call are `completed`. */
export const CALL_EVENTS = ['initiated', 'ringing', 'answered', 'completed'] as const;
export type CallEvent = (typeof CALL_EVENTS)[number];
/** What a recording's status callback can be asked for. */
export const RECORDING_EVENTS = ['in-progress', 'completed', 'absent'] as const;

/** Whoever is told about something, by which events. */
export interface CallbackWanted {
  readonly url: string;
  readonly method: Method;
  /** Those that were written; the verb's documented default otherwise. */
  readonly events: readonly string[];
}

/**
 * Somebody is to be called. Whoever does it adds the seconds that it took to `state.seconds`;
 * afterwards `afterDial`, or the verbs from `position` on.
 */
export interface CallDial {
  readonly kind: 'dial';
  /** Where it goes on in the same document. */
  readonly position: number;
  /** The first who answers is connected; at least one, at most `MAX_DIALLED`. */
  readonly numbers: readonly DialledNumber[];
  /** Whether they ring one after the other instead of all at once. */
  readonly sequential: boolean;
  /** Seconds of ringing. */
  readonly timeout: number;
  /** Seconds that the two may talk. */
  readonly time_limit: number;
  /** Null: the number of the other side, as the call shows it. */
  readonly caller_id: string | null;
  readonly hangup_on_star: boolean;
  readonly record:
    | 'do-not-record'
    | 'record-from-answer'
    | 'record-from-ringing'
    | 'record-from-answer-dual'
    | 'record-from-ringing-dual';
  readonly trim: 'trim-silence' | 'do-not-trim';
  readonly recording_status_callback: CallbackWanted | null;
  /** Null: the document goes on. */
  readonly action: string | null;
  readonly method: Method;
}

export interface DialledNumber {
  /** As it was written; whether it is a number is for whoever dials. */
  readonly number: string;
  readonly send_digits: string;
  /** The trunk that it is called by, as it was written; absent where none is named. */
  readonly byoc?: string;
  /** Run for whoever answers, before the two are connected. */
  readonly url: string | null;
  readonly method: Method;
  readonly status_callback: CallbackWanted | null;
  /** Whether to find out who answers, once the two are connected. */
  readonly machine_detection: 'Enable' | 'DetectMessageEnd' | null;
  readonly amd_status_callback: string | null;
  readonly amd_status_callback_method: Method;
}

/** The other side is recorded; afterwards `afterRecord`, or the verbs from `position` on. */
export interface CallRecord {
  readonly kind: 'record';
  readonly position: number;
  /** How long the call had lasted when it began. */
  readonly began: number;
  /** How long the recording is, at least one second; the time is in the state already. */
  readonly seconds: number;
  /** What was said, if it is known; otherwise empty. */
  readonly words: string;
  /** The key that ended it, or `hangup`; empty: silence or the longest length did. */
  readonly digits: string;
  /** The call ends with the recording: nobody hears what its action answers. */
  readonly is_hung_up: boolean;
  readonly max_length: number;
  readonly timeout: number;
  readonly finish_on_key: string;
  readonly play_beep: boolean;
  readonly trim: 'trim-silence' | 'do-not-trim';
  readonly transcribe: boolean;
  readonly transcribe_callback: string | null;
  readonly recording_status_callback: CallbackWanted | null;
  /** The document's own URL unless another was given; null where it has none. */
  readonly action: string | null;
  readonly method: Method;
}

/** A message that an application wants sent, in a call or as a reply. */
export interface Reply {
  /** Null: whoever is on the other side. */
  readonly to: string | null;
  /** Null: the account's own number in this call or conversation. */
  readonly from: string | null;
  readonly body: string;
  /** Absolute URLs, at most ten. */
  readonly media: readonly string[];
  readonly status_callback: string | null;
  /** Asked for what is next when it was handed over; see `afterMessage`. */
  readonly action: string | null;
  readonly method: Method;
}

/** A message is to be sent; afterwards `afterMessage`, or the verbs from `position` on. */
export interface CallMessage extends Reply {
  readonly kind: 'message';
  readonly position: number;
}

/** What is told of a dialled call that has ended. */
export interface DialOutcome {
  readonly status: 'completed' | 'busy' | 'no-answer' | 'failed' | 'canceled';
  /** Empty when nobody could be called. */
  readonly call_sid: string;
  /** Seconds from the answer to the end. */
  readonly duration: number;
  /** Whether the two talked to each other: the other one may leave before, having been asked. */
  readonly bridged: boolean;
  readonly recording_url?: string;
}

/** What is requested when a dialled call has ended; null: the document goes on. */
export function afterDial(dial: CallDial, outcome: DialOutcome): CallRequest | null {
  const { status, call_sid, duration, bridged, recording_url } = outcome;
  return requestAction(dial, {
    DialCallStatus: status,
    DialBridged: String(bridged),
    ...(call_sid !== '' && { DialCallSid: call_sid, DialCallDuration: String(duration) }),
    ...(recording_url !== undefined && { RecordingUrl: recording_url }),
  });
}

/** What is requested with a recording; null: the document goes on. */
export function afterRecord(
  record: CallRecord,
  made: { readonly recording_url: string; readonly recording_sid: string },
): CallRequest | null {
  return requestAction(record, {
    RecordingUrl: made.recording_url,
    RecordingSid: made.recording_sid,
    RecordingDuration: String(record.seconds),
    Digits: record.digits,
  });
}

/** What is requested when a message was handed over; null: the document goes on. */
export function afterMessage(
  message: Pick<Reply, 'action' | 'method'>,
  sent: { readonly sid: string; readonly status: string },
): CallRequest | null {
  return requestAction(message, {
    MessageSid: sent.sid,
    SmsSid: sent.sid,
    MessageStatus: sent.status,
    SmsStatus: sent.status,
  });
}

function requestAction(
  { action, method }: { readonly action: string | null; readonly method: Method },
  parameters: Readonly<Record<string, string>>,
): CallRequest | null {
  return action === null ? null : { kind: 'request', url: action, method, parameters };
}
