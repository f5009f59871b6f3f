import { z } from 'zod';
import type { Shape, Steps } from '../jobs/step.ts';
import type { EpochMs } from '../kit/utc.ts';
import type { CallDial, CallEnd, CallRecord, CallState, Method } from '../twiml/call-run.ts';
import { CALL_DIAL, CALL_RECORD, CALL_STATE, METHOD } from '../twiml/call-run-schema.ts';

/**
 * The next step of a call that was handed to the carrier. `start` dials the call. `ring` lets it
 * ring. `pick-up` decides whether the far end answers. `ring-on` lets it ring longer than another
 * leg of the same `Dial` takes to answer. `far` waits for the incoming call at a number of this
 * platform. The other steps are those of a call that an application controls.
 */
export type CallStep =
  | { readonly name: 'start' | 'ring' | 'pick-up' | 'ring-on' | 'far' }
  | AskStep
  | ReadStep
  | RecordStep
  | DialStep
  | TalkStep
  | LiveStep
  | EndStep;

/** The progress of a call that an application controls. */
export interface Running {
  readonly state: CallState;
  /** The number of requested documents. */
  readonly documents: number;
  /** The start of the seconds that the state counts now, and the number of seconds before it. */
  readonly since: { readonly seconds: number; readonly at: EpochMs };
}

/** A request to an application. */
export interface Request {
  readonly url: string;
  readonly method: Method;
  readonly parameters: Readonly<Record<string, string>>;
}

/** An application is asked for a document. */
export interface AskStep extends Running, Request {
  readonly name: 'ask';
}

/** A document continues or begins. */
export interface ReadStep extends Running {
  readonly name: 'read';
  readonly text: string;
  readonly position: number;
}

/** The other side is recorded, for the seconds that the state counts. */
export interface RecordStep extends Running {
  readonly name: 'record';
  readonly record: CallRecord;
  /** The document that it stands in. */
  readonly text: string;
}

/** Other numbers are called, and their results are awaited. */
export interface DialStep extends Running {
  readonly name: 'dial';
  readonly dial: CallDial;
  /** The document that it stands in. */
  readonly text: string;
  readonly began: EpochMs;
  /** The number of numbers that have been called. */
  readonly place: number;
  readonly children: readonly string[];
}

/** The leg of a `Dial` talks to a number of this platform, until that call ends. */
interface TalkStep extends Running {
  readonly name: 'talk';
}

/**
 * The call is on a wire, and the owner of its leg does everything (`live/`). When this step is gone,
 * the call has ended, and the owner hangs up.
 */
export interface LiveStep extends Running {
  readonly name: 'live';
  /** Real time; null until the call is answered. */
  readonly answered_at: EpochMs | null;
  /** The document that replaces the one that runs now; null without one. */
  readonly wish: Source | null;
}

/** A document of a call: at a URL, or its text. */
export type Source = Request | { readonly text: string };

/** The seconds that the state counts have passed, and the call ends. */
export interface EndStep extends Running {
  readonly name: 'end';
  readonly because: CallEnd['because'];
  /** A request after the call has ended. Its answer has no effect. */
  readonly last?: Request;
}

const running = {
  state: CALL_STATE,
  documents: z.number(),
  since: z.object({ seconds: z.number(), at: z.number() }),
} satisfies Shape<Running>;
const request = {
  url: z.string(),
  method: METHOD,
  parameters: z.record(z.string(), z.string()),
} satisfies Shape<Request>;
const text = z.string();

/** All steps of calls, as their tasks keep them. */
export const CALL_STEPS: Steps<CallStep> = {
  kind: 'call',
  schema: z.discriminatedUnion('name', [
    z.object({ name: z.enum(['start', 'ring', 'pick-up', 'ring-on', 'far']) }),
    z.object({ name: z.literal('ask'), ...running, ...request } satisfies Shape<AskStep>),
    z.object({
      name: z.literal('read'),
      ...running,
      text,
      position: z.number(),
    } satisfies Shape<ReadStep>),
    z.object({
      name: z.literal('record'),
      ...running,
      record: CALL_RECORD,
      text,
    } satisfies Shape<RecordStep>),
    z.object({
      name: z.literal('dial'),
      ...running,
      dial: CALL_DIAL,
      text,
      // Steps that were written before calls could take real time lack it.
      began: z.number().default(0),
      place: z.number(),
      children: z.array(z.string()),
    } satisfies Shape<DialStep>),
    z.object({ name: z.literal('talk'), ...running } satisfies Shape<TalkStep>),
    z.object({
      name: z.literal('live'),
      ...running,
      answered_at: z.number().nullable(),
      wish: z.union([z.object(request), z.object({ text })]).nullable(),
    } satisfies Shape<LiveStep>),
    z.object({
      name: z.literal('end'),
      ...running,
      because: z.enum(['hangup', 'end', 'time-limit', 'error']),
      last: z.object(request).exactOptional(),
    } satisfies Shape<EndStep>),
  ]),
};

/** The most documents that one call may request. */
export const MAX_DOCUMENTS = 100;
/** The ringing time before an answer or a busy signal. It is counted, but not waited for. */
export const RING_SECONDS = 5;
/** The most calls between numbers of this platform that lead to each other. */
export const MAX_HOPS = 10;

/** The state of a call when its first document begins. */
export function beginRunning(
  of: Pick<Running['state'], 'is_answered' | 'max_seconds' | 'inputs'>,
  at: EpochMs,
): Running {
  return {
    state: { base_url: null, seconds: 0, ...of },
    documents: 0,
    since: { seconds: 0, at },
  };
}

/** The fields that all steps of a controlled call share. */
export function runningOf(step: CallStep): Running | null {
  if (!('state' in step)) return null;
  const { state, documents, since } = step;
  return { state, documents, since };
}

/** The whole seconds since the answer of a call on a wire, limited by the time of the call. */
export function liveSeconds(
  { answered_at, state }: Pick<LiveStep, 'answered_at' | 'state'>,
  real_now: EpochMs,
): number {
  if (answered_at === null) return 0;
  return Math.min(Math.max(0, Math.floor((real_now - answered_at) / 1_000)), state.max_seconds);
}

/**
 * The seconds that a call has lasted at a moment. Simulated seconds pass much faster than the
 * clock. Those of a step are spread evenly over the time until the step falls due.
 */
export function secondsAt(step: CallStep, date_next: EpochMs, now: EpochMs): number {
  const running = runningOf(step);
  if (!running) return 0;
  const { state, since } = running;
  const whole = date_next - since.at;
  const part = whole <= 0 ? 1 : Math.min(1, Math.max(0, (now - since.at) / whole));
  return since.seconds + Math.floor((state.seconds - since.seconds) * part);
}
