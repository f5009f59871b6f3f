import { z } from 'zod';
import type { Shape } from '../jobs/step.ts';
import { type CallbackWanted, MAX_SECONDS, type Method } from '../twiml/call-run.ts';
import { CALLBACK_WANTED, METHOD } from '../twiml/call-run-schema.ts';
import type { Call } from './call.ts';

/** What only whoever runs a call needs to know of it. */
export interface CallOptions {
  /** Asked when the call is answered, unless there is `twiml`; null: nobody is. */
  readonly url: string | null;
  readonly method: Method;
  readonly fallback_url: string | null;
  readonly fallback_method: Method;
  readonly twiml: string | null;
  readonly send_digits: string | null;
  /** How long it rings, in seconds. */
  readonly timeout: number;
  /** How long it lasts at most, in seconds. */
  readonly time_limit: number;
  readonly machine_detection: 'Enable' | 'DetectMessageEnd' | null;
  /** Where to tell what a machine detection found that nobody waits for. */
  readonly async_amd: { readonly url: string | null; readonly method: Method } | null;
  /** The call is recorded from its answer on. */
  readonly record: RecordingWanted | null;
  /** The trunk that it goes out by; null: none was named. */
  readonly byoc: string | null;
  /** What whoever is called is shown as the reason. */
  readonly call_reason: string | null;
  /** Who it is at the SIP address that it goes to; the password is kept apart, sealed. */
  readonly sip_auth_username: string | null;
  /** What it is metered as. */
  readonly category: string;
  /** What the other side will do; see `CallState`. */
  readonly inputs: readonly string[];
  /** How many calls between numbers of this platform led to this one. */
  readonly hops: number;
  /** The grant of the app that gave the status callback. */
  readonly callback_by_grant: string | null;
  /** The same call as it is at its other end, when that is a number of this platform. */
  readonly linked_sid: string | null;
  readonly recordings: readonly RunningRecording[];
  /** Whether the caller of the leg of a `Dial` hangs up while it rings. */
  readonly is_given_up: boolean;
  /** Whether the leg of a `Dial` has been connected to its caller. */
  readonly is_bridged: boolean;
  /** Whether the leg of a `Dial` is run by a document of its own, and not connected any more. */
  readonly is_detached: boolean;
}

/** How somebody wants a call recorded. */
export interface RecordingWanted {
  readonly channels: 1 | 2;
  readonly track: 'inbound' | 'outbound' | 'both';
  readonly callback: CallbackWanted | null;
}

/** How long a recording that is under way is by now. */
export interface RunningRecording {
  readonly sid: string;
  /** What it has, in seconds of the call. */
  readonly seconds: number;
  /** How far the call was when it went on; null: it stands still. */
  readonly since: number | null;
}

export const PLAIN_OPTIONS = {
  url: null,
  method: 'POST',
  fallback_url: null,
  fallback_method: 'POST',
  twiml: null,
  send_digits: null,
  timeout: 60,
  time_limit: MAX_SECONDS,
  machine_detection: null,
  async_amd: null,
  record: null,
  byoc: null,
  call_reason: null,
  sip_auth_username: null,
  inputs: [],
  hops: 0,
  callback_by_grant: null,
  linked_sid: null,
  recordings: [],
  is_given_up: false,
  is_bridged: false,
  is_detached: false,
} as const satisfies Partial<CallOptions>;

const text = z.string().nullable();
const seconds = z.number();

const CALL_OPTIONS = z.object({
  url: text,
  method: METHOD,
  fallback_url: text,
  fallback_method: METHOD,
  twiml: text,
  send_digits: text,
  timeout: seconds,
  time_limit: seconds,
  machine_detection: z.enum(['Enable', 'DetectMessageEnd']).nullable(),
  async_amd: z.object({ url: text, method: METHOD }).nullable(),
  record: z
    .object({
      channels: z.literal([1, 2]),
      track: z.enum(['inbound', 'outbound', 'both']),
      callback: CALLBACK_WANTED.nullable(),
    } satisfies Shape<RecordingWanted>)
    .nullable(),
  byoc: text,
  call_reason: text,
  sip_auth_username: text,
  category: z.string(),
  inputs: z.array(z.string()),
  hops: z.number(),
  callback_by_grant: text,
  linked_sid: text,
  recordings: z.array(
    z.object({
      sid: z.string(),
      seconds,
      since: seconds.nullable(),
    } satisfies Shape<RunningRecording>),
  ),
  is_given_up: z.boolean(),
  is_bridged: z.boolean(),
  is_detached: z.boolean(),
} satisfies Shape<CallOptions>);

/** An option that was not known yet when the call was made is as if it had not been given. */
export function optionsOf({ options }: Pick<Call, 'options'>): CallOptions {
  return CALL_OPTIONS.parse({ ...PLAIN_OPTIONS, ...(JSON.parse(options) as object) });
}

/** A recording's length when its call is `at` so many seconds. */
export function lengthOf({ seconds, since }: RunningRecording, at: number): number {
  return seconds + (since === null ? 0 : Math.max(0, at - since));
}
