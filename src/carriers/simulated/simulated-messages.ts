import { dispositionOf } from '../../carrier/destination.ts';
import type { SimulatedMessages } from '../message-carrier.ts';

/** The durations of a message's states, by the product's clock: at most two seconds in total. */
const SENDING_MS = 100;
const DELIVERING_MS = 400;
/** A message that cannot be sent fails after a while, as in a real network. */
const FAILING_MS = 1_500;

/** Messages whose fate depends on the last digits of the recipient's number. */
export const SIMULATED_MESSAGES: SimulatedMessages = {
  submit(to) {
    const fails = dispositionOf(to) === 'fails';
    return { outcome: fails ? 'refused' : 'taken', outcome_ms: fails ? FAILING_MS : SENDING_MS };
  },
  receiptOf(to) {
    const disposition = dispositionOf(to);
    if (disposition === 'no-answer') return null;
    const outcome = disposition === 'busy' ? 'undelivered' : 'delivered';
    return { outcome, outcome_ms: DELIVERING_MS };
  },
};
