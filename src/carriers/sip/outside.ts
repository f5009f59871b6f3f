/** Everything that the stack takes from outside, beside its sockets. */
export interface SipOutside {
  /** Milliseconds that never go back. */
  readonly now: () => number;
  /** Runs something later. The answer cancels it. */
  readonly after: (ms: number, run: () => void) => () => void;
  /** A number from 0 to below 1. */
  readonly random: () => number;
  /** A text of token characters that nobody can guess. */
  readonly token: () => string;
}

export type SipTransport = 'udp' | 'tcp' | 'tls';

/** The next hop of a message. */
export interface Hop {
  readonly transport: SipTransport;
  readonly address: string;
  readonly port: number;
  /** The name that the certificate must have; for TLS only. */
  readonly server_name?: string;
}

/** The source of a message. */
export interface Source extends Hop {
  /** The connection that an answer goes back on; null for a datagram. */
  readonly connection: number | null;
}

/** The part of a transport that transactions need. A test gives one that loses and repeats. */
export interface Wire {
  /** Sends to a hop. `failed` is called at most once, when that is known to be impossible. */
  send(octets: Buffer, hop: Hop, failed: (reason: string) => void): void;
  /** Sends an answer on the way that its request came. */
  answer(octets: Buffer, source: Source): void;
  /** The address that others reach this transport at, for Via and Contact. */
  addressOf(transport: SipTransport): { readonly host: string; readonly port: number };
}

export const COOKIE = 'z9hG4bK';

/** RFC 3261 §17, table 4, in milliseconds. */
export const T1 = 500;
export const T2 = 4_000;
export const T4 = 5_000;
/** The life of a transaction without an answer, and of an ended one that still hears repeats. */
export const TIMEOUT_MS = 64 * T1;

export function isReliable({ transport }: Hop): boolean {
  return transport !== 'udp';
}

/** One transport address as a text, to compare by. */
export function hopName({ transport, address, port }: Hop): string {
  return `${transport}:${address}:${port}`;
}
