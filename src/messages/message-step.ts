import { z } from 'zod';
import type { Shape, Steps } from '../jobs/step.ts';
import type { Method } from '../twiml/call-run.ts';
import { METHOD } from '../twiml/call-run-schema.ts';

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

const hops = z.number();
const sending = { hops, obfuscates_to: z.boolean() } satisfies Shape<Sending>;

/** All steps of messages, as their tasks keep them. */
export const MESSAGE_STEPS: Steps<MessageStep> = {
  kind: 'message',
  schema: z.discriminatedUnion('name', [
    z.object({
      name: z.literal('release'),
      ...sending,
      validity_ms: z.number(),
      is_mms: z.boolean(),
    } satisfies Shape<ReleaseStep>),
    z.object({
      name: z.enum(['send', 'sent', 'end']),
      ...sending,
      valid_until: z.number(),
      from: z.string().exactOptional(),
    } satisfies Shape<SendStep>),
    z.object({ name: z.literal('receive'), hops } satisfies Shape<ReceiveStep>),
    z.object({
      name: z.literal('ask'),
      hops,
      documents: z.number(),
      next: z
        .object({
          url: z.string(),
          method: METHOD,
          parameters: z.record(z.string(), z.string()),
          url_by_grant: z.string().nullable(),
        } satisfies Shape<NextDocument>)
        .nullable(),
    } satisfies Shape<AskStep>),
  ]),
};

/** After so many answers to answers, an application is not asked any more. */
export const MAX_HOPS = 10;
/** Documents that one message is answered by. */
export const MAX_DOCUMENTS = 10;
