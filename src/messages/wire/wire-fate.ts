import type { MessageStatus } from '../message.ts';

/**
 * The state of a message that leaves by a carrier with a wire.
 * `unsent`: nothing has left. `waiting`: the far side did not take it, and it will be submitted
 * again. `submitted`: bytes may have left, and no answer has been recorded. `accepted`: the far side
 * has it. `ended`: its final state was told.
 */
export type WireState = 'unsent' | 'waiting' | 'submitted' | 'accepted' | 'ended';

/**
 * The events: the first four are answers to a submission, the next five reports of the carrier.
 * `expired`: the validity of the message is over.
 */
export const WIRE_EVENTS = [
  'accepted',
  'refused',
  'later',
  'unknown',
  'buffered',
  'sent',
  'delivered',
  'undelivered',
  'failed',
  'expired',
] as const;
export type WireEvent = (typeof WIRE_EVENTS)[number];

/** The next state, and the states of the message that callbacks tell on the way. */
export interface Move {
  readonly to: WireState;
  readonly tell: readonly MessageStatus[];
}

const to = (state: WireState, ...tell: MessageStatus[]): Move => ({ to: state, tell });
/** Every event in one state, when nothing follows from it. */
const stay = (state: WireState): Record<WireEvent, Move> =>
  Object.fromEntries(WIRE_EVENTS.map((event) => [event, to(state)])) as Record<WireEvent, Move>;

/** Reports prove that the far side has the message, whatever was answered to its submission. */
const REPORTED = {
  buffered: to('accepted', 'sent'),
  sent: to('accepted', 'sent'),
  delivered: to('ended', 'sent', 'delivered'),
  undelivered: to('ended', 'sent', 'undelivered'),
  failed: to('ended', 'failed'),
} as const;

/**
 * The whole course of a message on a wire. Two rules are in it. A message is submitted again only
 * from `waiting`, and nothing leads there after bytes may have left but an answer that says that
 * nothing was taken. An end is final, and a report may overtake the answer, come twice, or contradict
 * another one.
 */
export const MOVES: Readonly<Record<WireState, Readonly<Record<WireEvent, Move>>>> = {
  // A report about a message that never left is about something else.
  unsent: stay('unsent'),
  waiting: { ...stay('waiting'), ...REPORTED },
  submitted: {
    ...REPORTED,
    accepted: to('accepted', 'sent'),
    refused: to('ended', 'failed'),
    later: to('waiting'),
    unknown: to('submitted'),
    expired: to('ended', 'undelivered'),
  },
  accepted: {
    ...stay('accepted'),
    delivered: to('ended', 'delivered'),
    undelivered: to('ended', 'undelivered'),
    failed: to('ended', 'failed'),
    // A carrier that sends no reports leaves its messages `sent`.
    expired: to('ended'),
  },
  ended: stay('ended'),
};

/** The state of one part of a message that a carrier took. */
export type PartState = 'accepted' | 'delivered' | 'undelivered' | 'failed';

/**
 * The event of the whole message that follows from its parts; null: none. A bad end of one part is
 * the end of the whole. It is delivered when every part is.
 * @param parts the number of all parts; fewer states mean that the others were not taken
 */
export function wholeOf(states: readonly PartState[], parts: number): WireEvent | null {
  if (states.includes('failed')) return 'failed';
  if (states.includes('undelivered')) return 'undelivered';
  const isDelivered = states.length === parts && states.every((state) => state === 'delivered');
  return isDelivered ? 'delivered' : null;
}
