import type { Credentials } from './digest.ts';
import { type Party, tagOf } from './fields.ts';
import { type Header, headerOf } from './headers.ts';
import type { SipResponse } from './message.ts';
import type { Hop, SipOutside, Wire } from './outside.ts';
import type { Transactions } from './transactions.ts';

export interface CallWanted {
  /** The Request-URI, which is the address in To as well. */
  readonly uri: string;
  /** The caller, without a tag. */
  readonly from: Party;
  /** The user of our Contact. */
  readonly user: string;
  readonly hop: Hop;
  /** Addresses for Route, such as that of an outbound proxy. */
  readonly routes: readonly string[];
  readonly headers: readonly Header[];
  readonly credentials: Credentials | null;
  /** The time until the first provisional answer. */
  readonly try_ms: number;
}

/** The side that knows about sound. */
export interface CallMedia {
  /** Our offer; null lets the far side offer first. */
  offer(): string | null;
  /** Our answer to an offer; null when nothing in it can be taken. */
  answer(offer: Buffer): string | null;
}

export interface CallEnd {
  /**
   * `refused` by a status, no answer in time, no way there, `canceled` by us before an answer, a BYE
   * of the far side, or our own.
   */
  readonly why: 'refused' | 'timeout' | 'transport' | 'canceled' | 'far-side' | 'here';
  /** The last status from 300 on; null without one. */
  readonly status: number | null;
  /** The value of Reason (RFC 3326), or of a local failure; null without one. */
  readonly reason: string | null;
  /** The seconds after which the far side takes calls again, if it said so. */
  readonly retry_seconds?: number;
}

export interface CallEvents {
  /** A provisional answer above 100, with its session description if it has one. */
  progress(status: number, sdp: Buffer | null): void;
  /** The call was answered, once. Without a description it is a call without sound. */
  answered(sdp: Buffer | null): void;
  /** The far side pressed a key, told by INFO. */
  key(key: string): void;
  /** Once, at the end. */
  ended(end: CallEnd): void;
}

export interface CallParts {
  readonly wire: Wire;
  readonly outside: SipOutside;
  readonly transactions: Transactions;
  /** Finds the hop of an address; null when it leads nowhere that is allowed. */
  readonly locate: (uri: string) => Promise<Hop | null>;
  readonly media: CallMedia;
  readonly events: CallEvents;
  /** Called when the call needs no more messages. */
  readonly forgotten: () => void;
}

/** The name by which a call is found: both ends have it in every message. */
export function callName(call_id: string, local_tag: string | null): string {
  return `${call_id} ${local_tag ?? ''}`;
}

/** The name of the call that an answer to our request belongs to. */
export function callOfAnswer(response: SipResponse): string {
  return callName(response.call_id, tagOf(response.from));
}

/** Retry-After, which may have a comment and parameters behind its seconds. */
export function retryOf(response: SipResponse): Pick<CallEnd, 'retry_seconds'> {
  const seconds = Number.parseInt(headerOf(response, 'retry-after') ?? '', 10);
  return seconds > 0 ? { retry_seconds: seconds } : {};
}
