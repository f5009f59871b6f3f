import { z } from 'zod';
import type { Shape } from '../jobs/step.ts';
import { type CallbackWanted, MAX_SECONDS, type Method } from '../twiml/call-run.ts';
import { CALLBACK_WANTED, METHOD } from '../twiml/call-run-schema.ts';
import type { Call } from './call.ts';

/** The parts of a call that only the carrier and the workers need. */
export interface CallOptions {
  /** The URL that is requested when the call is answered without `twiml`; null: there is none. */
  readonly url: string | null;
  readonly method: Method;
  readonly fallback_url: string | null;
  readonly fallback_method: Method;
  readonly twiml: string | null;
  readonly send_digits: string | null;
  /** The seconds for which the call rings. */
  readonly timeout: number;
  /** The longest duration of the call, in seconds. */
  readonly time_limit: number;
  readonly machine_detection: 'Enable' | 'DetectMessageEnd' | null;
  /** The callback for the result of a detection that runs beside the call. */
  readonly async_amd: { readonly url: string | null; readonly method: Method } | null;
  /** The call is recorded from its answer on. */
  readonly record: RecordingWanted | null;
  /** The trunk of the call; null without one. */
  readonly byoc: string | null;
  /** The reason that the called person sees. */
  readonly call_reason: string | null;
  /** The user name for the SIP address. The password is stored separately and sealed. */
  readonly sip_auth_username: string | null;
  /** The usage category of the call. */
  readonly category: string;
  /** The reaction of the other side; see `CallState`. */
  readonly inputs: readonly string[];
  /** The number of calls between numbers of this platform that led to this one. */
  readonly hops: number;
  /** The grant of the app that set the status callback. */
  readonly callback_by_grant: string | null;
  /** The call's other end, when that is a number of this platform. */
  readonly linked_sid: string | null;
  readonly recordings: readonly RunningRecording[];
  /** Whether the caller of the leg of a `Dial` hangs up while it rings. */
  readonly is_given_up: boolean;
  /** Whether the leg of a `Dial` has been connected to its caller. */
  readonly is_bridged: boolean;
  /** Whether the leg of a `Dial` runs a document of its own and is no longer connected. */
  readonly is_detached: boolean;
}

/** The requested recording of a call. */
export interface RecordingWanted {
  readonly channels: 1 | 2;
  readonly track: 'inbound' | 'outbound' | 'both';
  readonly callback: CallbackWanted | null;
}

/** The length so far of a recording in progress. */
export interface RunningRecording {
  readonly sid: string;
  /** The recorded length, in seconds of the call. */
  readonly seconds: number;
  /** The second of the call at which recording continued; null while it is paused. */
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

/** An option that a stored call lacks, because it is newer than the call, counts as not given. */
export function optionsOf({ options }: Pick<Call, 'options'>): CallOptions {
  return CALL_OPTIONS.parse({ ...PLAIN_OPTIONS, ...(JSON.parse(options) as object) });
}

/** A recording's length when its call is `at` so many seconds. */
export function lengthOf({ seconds, since }: RunningRecording, at: number): number {
  return seconds + (since === null ? 0 : Math.max(0, at - since));
}
