import type { Signer } from '../carrier/signer-store.ts';
import type { TwimlKind } from '../webhooks/webhook.ts';
import type { Method } from './call-run.ts';
import type { Asked } from './fetch-answer.ts';
import type { Channel } from './read-answer.ts';
import type { TwimlError } from './twiml.ts';

/** A URL that had no TwiML to give: what was asked, what was answered, and what followed. */
export interface FailedRequest extends Signer {
  /** The delivery that it is kept as. */
  readonly sid: string;
  readonly account_sid: string;
  readonly url_by_grant: string | null;
  readonly kind: TwimlKind;
  readonly url: string;
  readonly method: Method;
  readonly parameters: Readonly<Record<string, string>>;
  readonly idempotency_token: string;
  /** Every request that was made for it, with retries and redirects. */
  readonly asked: readonly Asked[];
  readonly error: TwimlError;
  /** What was done then, as a sentence. */
  readonly followed: string;
}

export const KINDS: Readonly<Record<Channel, TwimlKind>> = {
  voice: 'voice-twiml',
  messaging: 'messaging-twiml',
};

/** What becomes of a call or a message that nobody has TwiML for. */
const WITHOUT: Readonly<Record<Channel, string>> = {
  voice: 'the call was told of an error and ended',
  messaging: 'nothing was answered',
};

/** @param place of the URL, which is what is asked first, or the fallback */
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
