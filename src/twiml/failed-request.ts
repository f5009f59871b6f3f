import type { Signer } from '../carrier/signer-store.ts';
import type { TwimlKind } from '../webhooks/webhook.ts';
import type { Method } from './call-run.ts';
import type { Asked } from './fetch-answer.ts';
import type { Channel } from './read-answer.ts';
import type { TwimlError } from './twiml.ts';

/** A URL that gave no TwiML: the requests, the answers, and the consequence. */
export interface FailedRequest extends Signer {
  /** The SID of the delivery that records it. */
  readonly sid: string;
  readonly account_sid: string;
  readonly root_sid: string;
  readonly url_by_grant: string | null;
  readonly kind: TwimlKind;
  readonly url: string;
  readonly method: Method;
  readonly parameters: Readonly<Record<string, string>>;
  readonly idempotency_token: string;
  /** Every request to it, with retries and redirects. */
  readonly asked: readonly Asked[];
  readonly error: TwimlError;
  /** The consequence, as a sentence. */
  readonly followed: string;
}

export const KINDS: Readonly<Record<Channel, TwimlKind>> = {
  voice: 'voice-twiml',
  messaging: 'messaging-twiml',
};

/** The consequence for a call or a message without TwiML. */
const WITHOUT: Readonly<Record<Channel, string>> = {
  voice: 'the caller heard an error message, and the call ended',
  messaging: 'nothing was answered',
};

/** @param place whether the URL is the first one or the fallback */
export function whatFollowed(
  place: 'first' | 'fallback',
  has_fallback: boolean,
  channel: Channel,
): string {
  if (place === 'fallback') return `It was the fallback URL, so ${WITHOUT[channel]}.`;
  return has_fallback
    ? 'The fallback URL was asked.'
    : `There is no fallback URL, so ${WITHOUT[channel]}.`;
}
