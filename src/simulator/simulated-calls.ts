import { RING_SECONDS } from '../calls/call-step.ts';
import type { CallCarrier, Line, Ringing } from '../carrier/carrier.ts';
import { type Disposition, dispositionOf } from '../carrier/destination.ts';

/** The durations of a call's states, by the product's clock. */
const DIALLING_MS = 100;
const RINGING_MS = 300;
/** A call that cannot be connected fails after a while, as in a real network. */
const FAILING_MS = 1_500;
/** The length of a `Dial`'s talk with a far end outside this platform. */
const TALK_SECONDS = 20;
const DETECTION_SECONDS = 2;
const MS_PER_REAL_SECOND = 1_000;
/** The length of a simulated second, and the longest wait, by the product's clock. */
const MS_PER_SECOND = 20;
const MAX_PASSING_MS = 1_000;

const OUTCOMES: Readonly<Record<Disposition, Ringing['outcome']>> = {
  answers: 'answered',
  machine: 'answered',
  stays: 'answered',
  busy: 'busy',
  'no-answer': 'no-answer',
  fails: 'failed',
  invalid: 'failed',
};

/** Calls whose far ends act by the last digits of their numbers. */
export const SIMULATED_CALLS: CallCarrier = {
  leaving_ms: DIALLING_MS,
  detection_seconds: DETECTION_SECONDS,
  ring(to) {
    const disposition = dispositionOf(to);
    return {
      outcome: OUTCOMES[disposition],
      answered_by: disposition === 'machine' ? 'machine' : 'human',
      outcome_ms: disposition === 'fails' ? FAILING_MS : RINGING_MS,
      is_late: disposition === 'no-answer' || disposition === 'fails',
      reaches_holder: disposition === 'answers',
    };
  },
  ringSeconds: (to, timeout) => (dispositionOf(to) === 'no-answer' ? timeout : RING_SECONDS),
  talkSeconds: (line, most) => (staysOnTheLine(line) ? most : Math.min(TALK_SECONDS, most)),
  isInRealTime: staysOnTheLine,
  waitFor(line, seconds) {
    if (staysOnTheLine(line)) return seconds * MS_PER_REAL_SECOND;
    return Math.min(seconds * MS_PER_SECOND, MAX_PASSING_MS);
  },
};

/** Whether the far end stays on the line, so that the call takes as long as its TwiML says. */
function staysOnTheLine({ direction, to }: Line): boolean {
  return direction !== 'inbound' && dispositionOf(to) === 'stays';
}
