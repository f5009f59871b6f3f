import type { NewEntry } from '../carrier/timeline.ts';

/** The input and the output of running the TwiML of a call. All of it is plain JSON. */

/** The longest call: four hours, unless its `TimeLimit` says less. */
export const MAX_SECONDS = 4 * 60 * 60;

/** The most numbers that one `Dial` may call. */
export const MAX_DIALLED = 10;

export type Method = 'GET' | 'POST';

/** The state of a call between two verbs. */
export interface CallState {
  /** The base of relative URLs; null for TwiML that came with the call itself. */
  readonly base_url: string | null;
  /**
   * Whether the call is answered. The first verb that speaks or listens answers an incoming call.
   */
  readonly is_answered: boolean;
  /** The simulated seconds since the call was answered. */
  readonly seconds: number;
  /** The call is cut off after so many seconds: `MAX_SECONDS` or its `TimeLimit`. */
  readonly max_seconds: number;
  /**
   * The actions of the other side, one for each `Gather` and `Record`: press keys (`12#`), speak
   * words, or do nothing (an empty text). After the last one, the other side ignores each `Gather`
   * and speaks for a few seconds at each `Record`.
   */
  readonly inputs: readonly string[];
}

/** The result of running TwiML. */
export interface CallRun {
  /** Entries for the timeline: a `verb` for each verb that ran, a `note` for each that did not. */
  readonly events: readonly NewEntry[];
  readonly state: CallState;
  readonly next: CallNext;
}

export type CallNext = CallEnd | CallReject | CallRequest | CallDial | CallRecord | CallMessage;

/**
 * The call is over: it was hung up, the document has no more verbs, the time is up, or a redirect
 * names no valid URL.
 */
export interface CallEnd {
  readonly kind: 'end';
  readonly because: 'hangup' | 'end' | 'time-limit' | 'error';
}

export const TIME_IS_UP: CallEnd = { kind: 'end', because: 'time-limit' };

/** The call is rejected without being answered. */
interface CallReject {
  readonly kind: 'reject';
  readonly reason: 'busy' | 'rejected';
}

/** The next document must be requested. The rest of this document does not run. */
export interface CallRequest {
  readonly kind: 'request';
  /** Absolute, http or https. */
  readonly url: string;
  readonly method: Method;
  /** Parameters in addition to those of every request of the call, such as `Digits`. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** The events of a call's status callback. Every end of a call is `completed`. */
export const CALL_EVENTS = ['initiated', 'ringing', 'answered', 'completed'] as const;
export type CallEvent = (typeof CALL_EVENTS)[number];
/** The events of a recording's status callback. */
export const RECORDING_EVENTS = ['in-progress', 'completed', 'absent'] as const;

/** A wanted callback: its URL and its events. */
export interface CallbackWanted {
  readonly url: string;
  readonly method: Method;
  /** The events in the document, or the verb's documented default. */
  readonly events: readonly string[];
}

/**
 * A number must be dialled. The caller of this function adds the seconds of the dial to
 * `state.seconds`. It then goes on with `afterDial`, or with the verbs from `position` on.
 */
export interface CallDial {
  readonly kind: 'dial';
  /** The index of the next verb in the same document. */
  readonly position: number;
  /** One to `MAX_DIALLED` numbers. The first that answers is connected. */
  readonly numbers: readonly DialledNumber[];
  /** Whether the numbers ring one after the other instead of all together. */
  readonly sequential: boolean;
  /** The seconds of ringing. */
  readonly timeout: number;
  /** The most seconds that the two sides may talk. */
  readonly time_limit: number;
  /** The caller ID; null means the number of the other side. */
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
  /** The URL that is requested afterwards; null when the document goes on. */
  readonly action: string | null;
  readonly method: Method;
}

export interface DialledNumber {
  /** The text in the document. It is checked when it is dialled. */
  readonly number: string;
  readonly send_digits: string;
  /** The trunk for the call, as written in the document; absent without a trunk. */
  readonly byoc?: string;
  /** The document at this URL runs for the side that answers, before the two are connected. */
  readonly url: string | null;
  readonly method: Method;
  readonly status_callback: CallbackWanted | null;
  /** Whether to detect an answering machine after the two are connected. */
  readonly machine_detection: 'Enable' | 'DetectMessageEnd' | null;
  readonly amd_status_callback: string | null;
  readonly amd_status_callback_method: Method;
}

/** The other side is recorded. Next is `afterRecord`, or the verbs from `position` on. */
export interface CallRecord {
  readonly kind: 'record';
  readonly position: number;
  /** The seconds of the call when the recording began. */
  readonly began: number;
  /** The length of the recording, at least one second. `state.seconds` already includes it. */
  readonly seconds: number;
  /** The spoken words, if they are known; otherwise empty. */
  readonly words: string;
  /** The key that ended it, or `hangup`; empty after silence or at the greatest length. */
  readonly digits: string;
  /** Whether the call ended with the recording, so that the answer of its action is not heard. */
  readonly is_hung_up: boolean;
  readonly max_length: number;
  readonly timeout: number;
  readonly finish_on_key: string;
  readonly play_beep: boolean;
  readonly trim: 'trim-silence' | 'do-not-trim';
  readonly transcribe: boolean;
  readonly transcribe_callback: string | null;
  readonly recording_status_callback: CallbackWanted | null;
  /** The URL to request afterwards. By default it is the document's own URL; null without one. */
  readonly action: string | null;
  readonly method: Method;
}

/** A message that an application sends, in a call or as a reply. */
export interface Reply {
  /** The recipient; null means the other side. */
  readonly to: string | null;
  /** The sender; null means the account's number in this call or conversation. */
  readonly from: string | null;
  readonly body: string;
  /** Absolute URLs, at most ten. */
  readonly media: readonly string[];
  readonly status_callback: string | null;
  /** The URL of the next document, requested after the message was handed over (`afterMessage`). */
  readonly action: string | null;
  readonly method: Method;
}

/** A message must be sent. Next is `afterMessage`, or the verbs from `position` on. */
export interface CallMessage extends Reply {
  readonly kind: 'message';
  readonly position: number;
}

/** The result of a dialled call that has ended. */
export interface DialOutcome {
  readonly status: 'completed' | 'busy' | 'no-answer' | 'failed' | 'canceled';
  /** The SID of the dialled call; empty when no call could be made. */
  readonly call_sid: string;
  /** The seconds from the answer to the end. */
  readonly duration: number;
  /** Whether the two sides were connected. The dialled side may hang up before that. */
  readonly bridged: boolean;
  readonly recording_url?: string;
}

/** The request after a dialled call has ended; null when the document goes on. */
export function afterDial(dial: CallDial, outcome: DialOutcome): CallRequest | null {
  const { status, call_sid, duration, bridged, recording_url } = outcome;
  return requestAction(dial, {
    DialCallStatus: status,
    DialBridged: String(bridged),
    ...(call_sid !== '' && { DialCallSid: call_sid, DialCallDuration: String(duration) }),
    ...(recording_url !== undefined && { RecordingUrl: recording_url }),
  });
}

/** The request after a recording; null when the document goes on. */
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

/** The request after a message was handed over; null when the document goes on. */
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
