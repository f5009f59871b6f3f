import type { Duplex } from 'node:stream';

/** Everything that a link takes from outside: time, chance and connections. */
export interface SmppOutside {
  /** Milliseconds that never go back. */
  readonly now: () => number;
  /** Runs something later. The answer cancels it. */
  readonly after: (ms: number, run: () => void) => () => void;
  /** A number from 0 to below 1. */
  readonly random: () => number;
  /** A new connection, with TLS where the settings say so. It rejects when there is none. */
  readonly connect: () => Promise<Duplex>;
}

/** The direction of a link: messages out, messages and receipts in, or both. */
export type Role = 'transmitter' | 'receiver' | 'transceiver';

export interface SmppSettings {
  /** Both directions by default. */
  readonly role?: Role;
  readonly system_id: string;
  readonly password: string;
  readonly system_type: string;
  /** The most submissions without an answer. */
  readonly window: number;
  /** The most submissions in a second. */
  readonly rate: number;
  /** The silence after which the link asks whether the other side is there. */
  readonly idle_ms?: number;
}

/** The times and limits of a link, as milliseconds and counts. */
export const LINK = {
  /** The time for an answer, and for the bind. */
  answer_ms: 10_000,
  /** The silence after which the link asks whether the other side is there. */
  idle_ms: 30_000,
  /** The unanswered requests in a row after which a connection counts as dead. */
  unanswered: 2,
  first_retry_ms: 1_000,
  longest_retry_ms: 60_000,
  /** The time for the answer to `unbind`. */
  unbind_ms: 2_000,
  /** Submissions that wait for the window or the rate. */
  waiting: 1_000,
  /** Messages of the other side that are being recorded; more of them wait in the socket. */
  inbound: 32,
  /** Unanswered submissions whose late answer is still heard. */
  late: 1_000,
} as const;
