import type { CallEnd } from '../sip/call.ts';
import { phraseOf } from '../sip/phrases.ts';
import type { LegEnd } from '../voice-carrier.ts';

/** How far an attempt came before it ended. */
export interface Progress {
  /** Whether the far side rang, or gave sound before an answer. */
  readonly is_ringing: boolean;
}

/** Refusals that another target may not give: docs/contract/voice.md, "Failing over". */
const NEXT = new Set([401, 407, 408, 430, 480]);
/** Failures of a server that every server would have (RFC 3261 §21.5). */
const FINAL_SERVER = new Set([501, 505, 513]);
const BUSY = new Set([486, 600, 603]);

/** Whether the next target is tried after an attempt. */
export function leadsOn({ why, status }: CallEnd, { is_ringing }: Progress): boolean {
  if (is_ringing || why === 'canceled') return false;
  if (why === 'timeout' || why === 'transport') return true;
  if (status === null) return false;
  const isRedirection = status < 400;
  const isServer = status >= 500 && status < 600 && !FINAL_SERVER.has(status);
  return isRedirection || isServer || NEXT.has(status);
}

/** The status of a call whose last attempt ended so. */
export function statusOf({ why, status }: CallEnd, { is_ringing }: Progress): LegEnd['status'] {
  if (why === 'canceled') return 'canceled';
  if (status !== null && BUSY.has(status)) return 'busy';
  if (status === 480 || (is_ringing && (status === 408 || why === 'timeout'))) return 'no-answer';
  return 'failed';
}

/** The outcome of an attempt, as the end of a sentence that begins with the target. */
export function wordsOf({ status, reason }: CallEnd): string {
  const answer = status === null ? null : `answered ${status} ${phraseOf(status)}`;
  if (answer === null) return `gave no answer: ${reason ?? 'the call ended'}`;
  return reason === null ? answer : `${answer} (${reason})`;
}
