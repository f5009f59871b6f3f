import type { Method } from '../twiml/call-run.ts';

/**
 * What is next with a message that was handed to the carrier. `hops` counts the answers to
 * answers between numbers that are both held here, so that two applications which always reply
 * do not do so for ever.
 */
export type MessageStep = ReleaseStep | SendStep | ReceiveStep | AskStep;

interface Sending {
  readonly hops: number;
  /** Whether the recipient's number is to be obscured when the message has got to its end. */
  readonly obfuscates_to: boolean;
}

/** A scheduled message falls due. */
export interface ReleaseStep extends Sending {
  readonly name: 'release';
  readonly validity_ms: number;
  readonly is_mms: boolean;
}

/** `send`: it leaves; `sent`: it has left; `end`: what became of it. */
export interface SendStep extends Sending {
  readonly name: 'send' | 'sent' | 'end';
  /** It is not sent any more from then on, by the product's clock. */
  readonly valid_until: number;
  /** What it comes from, chosen when it was taken; absent where the message has it already. */
  readonly from?: string;
}

/** A message came in; its media are still to be fetched. */
export interface ReceiveStep {
  readonly name: 'receive';
  readonly hops: number;
}

/** The application behind the number is asked what to answer. */
export interface AskStep {
  readonly name: 'ask';
  readonly hops: number;
  /** How many documents there were before; null is the number's own URL. */
  readonly documents: number;
  readonly next: NextDocument | null;
}

/** A document that another one pointed at. */
export interface NextDocument {
  readonly url: string;
  readonly method: Method;
  readonly parameters: Readonly<Record<string, string>>;
  /** The grant of the app that the first URL was of. */
  readonly url_by_grant: string | null;
}

/** After so many answers to answers, an application is not asked any more. */
export const MAX_HOPS = 10;
/** Documents that one message is answered by. */
export const MAX_DOCUMENTS = 10;
