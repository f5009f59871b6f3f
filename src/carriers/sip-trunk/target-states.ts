import type { EpochMs } from '../../kit/utc.ts';
import type { CallEnd } from '../sip/call.ts';
import type { TargetState } from '../voice-carrier.ts';
import { wordsOf } from './attempt.ts';

/** The time for which a target that did not answer a call comes last. */
const DOWN_MS = 30_000;
/** The time for which a target that did not answer OPTIONS comes last, unless it is asked again. */
const UNASKED_MS = 120_000;
const MAX_DOWN_MS = 60 * 60_000;
/** The targets that are kept in mind; the oldest are forgotten. */
const MAX_TARGETS = 10_000;

interface Times {
  /** Milliseconds that never go back. */
  readonly now: () => number;
  readonly realNow: () => EpochMs;
}

interface Seen {
  readonly is_answering: boolean;
  /** The time of the change to answering, or to not answering. */
  readonly since: EpochMs;
  readonly detail: string | null;
  /** A target that a call found silent comes last until then; an answer to OPTIONS changes nothing. */
  readonly call_until: number;
  readonly asked_until: number;
}

/** The states of targets as this process saw them, by calls and by OPTIONS. */
export class TargetStates {
  readonly #times: Times;
  readonly #seen = new Map<string, Seen>();

  constructor(times: Times) {
    this.#times = times;
  }

  isDown(address: string): boolean {
    return this.stateOf(address).state === 'down';
  }

  stateOf(address: string): TargetState {
    const seen = this.#seen.get(address);
    if (!seen) return UNKNOWN;
    const { is_answering, since, detail, call_until, asked_until } = seen;
    if (Math.max(call_until, asked_until) > this.#times.now()) {
      return { state: 'down', detail, since };
    }
    return is_answering ? { state: 'up', detail: null, since } : UNKNOWN;
  }

  /** Hears the end of an attempt; null when it was answered. */
  heard(address: string, end: CallEnd | null): void {
    if (end?.why === 'canceled') return;
    const ms = end ? downFor(end, { is_call: true }) : 0;
    if (end && ms > 0) this.#note(address, end, { call_until: this.#times.now() + ms });
    // A server that is out of service for one call says nothing about the next.
    else if (end?.status !== 503) this.#note(address, null, { call_until: 0, asked_until: 0 });
  }

  /** Hears what came of OPTIONS; null for an answer that shows a server at work. */
  asked(address: string, end: CallEnd | null): void {
    const ms = end ? downFor(end, { is_call: false }) : 0;
    this.#note(address, end, { asked_until: ms === 0 ? 0 : this.#times.now() + ms });
  }

  #note(address: string, end: CallEnd | null, until: Partial<Seen>): void {
    const before = this.#seen.get(address);
    const is_answering = end === null;
    const was_down = this.stateOf(address).state === 'down';
    const isSame = before?.is_answering === is_answering && (is_answering || was_down);
    this.#seen.delete(address);
    const [oldest] = this.#seen.keys();
    if (this.#seen.size >= MAX_TARGETS && oldest) this.#seen.delete(oldest);
    const call_until = before?.call_until ?? 0;
    const isHeld = is_answering && until.call_until === undefined && call_until > this.#times.now();
    this.#seen.set(address, {
      is_answering,
      since: isSame ? before.since : this.#times.realNow(),
      detail: isHeld ? (before?.detail ?? null) : end && sentenceOf(end),
      call_until,
      asked_until: before?.asked_until ?? 0,
      ...until,
    });
  }
}

const UNKNOWN: TargetState = { state: 'unknown', detail: null, since: null };

/** A target that is silent, or that says for how long it takes no calls (RFC 3261 §21.5.4). */
function downFor(end: CallEnd, { is_call }: { readonly is_call: boolean }): number {
  const { why, status, retry_seconds = 0 } = end;
  const is_silent = why === 'timeout' || why === 'transport';
  if (is_call && is_silent) return DOWN_MS;
  const told = status === 503 ? Math.min(retry_seconds * 1_000, MAX_DOWN_MS) : 0;
  return is_call ? told : Math.max(told, UNASKED_MS);
}

function sentenceOf(end: CallEnd): string {
  const words = wordsOf(end);
  return `It ${words}.`;
}
