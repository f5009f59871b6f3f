import { z } from 'zod';
import type { Shape, Steps } from '../jobs/step.ts';
import type { Method } from '../twiml/call-run.ts';
import { METHOD } from '../twiml/call-run-schema.ts';

/**
 * The next step of a message that was handed to the carrier. `hops` counts the answers and the
 * platforms behind the message, so that two applications that always reply stop at some point:
 * docs/contract/messages.md, "Loops".
 */
export type MessageStep = ReleaseStep | SendStep | WireStep | ReceiveStep | AskStep;

interface Sending {
  readonly hops: number;
  /** Whether the recipient's number must be obscured when the message has ended. */
  readonly obfuscates_to: boolean;
}

/** A scheduled message falls due. */
export interface ReleaseStep extends Sending {
  readonly name: 'release';
  readonly validity_ms: number;
  readonly is_mms: boolean;
}

/** `send`: the message leaves; `sent`: it has left; `end`: its final state is known. */
export interface SendStep extends Sending {
  readonly name: 'send' | 'sent' | 'end';
  /** The time by the product's clock after which the message is not sent. */
  readonly valid_until: number;
  /** The chosen sender; absent when the message itself has it already. */
  readonly from?: string;
  /** The carrier that did not take it before; absent: nothing has left yet. */
  readonly waits_for?: string;
}

/**
 * A message on a wire. `submitted`: bytes may have left; `awaited`: the far side has it. Its task
 * falls due when its validity ends, and a report settles it before.
 */
export interface WireStep extends Sending {
  readonly name: 'submitted' | 'awaited';
  readonly by: string;
  readonly valid_until: number;
  /** The time of the submission, real time; absent: it is not known. */
  readonly since?: number;
  /** The number of times that the far side was asked for the message. */
  readonly asked?: number;
}

/** A message came in; its media are still to be fetched. */
export interface ReceiveStep {
  readonly name: 'receive';
  readonly hops: number;
}

/** The number's application is asked for an answer. */
export interface AskStep {
  readonly name: 'ask';
  readonly hops: number;
  /** The number of documents before; null: this one is from the number's own URL. */
  readonly documents: number;
  readonly next: NextDocument | null;
}

/** A document to which another one leads. */
export interface NextDocument {
  readonly url: string;
  readonly method: Method;
  readonly parameters: Readonly<Record<string, string>>;
  /** The grant of the app that set the first URL. */
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
      waits_for: z.string().exactOptional(),
    } satisfies Shape<SendStep>),
    z.object({
      name: z.enum(['submitted', 'awaited']),
      ...sending,
      by: z.string(),
      valid_until: z.number(),
      since: z.number().exactOptional(),
      asked: z.number().exactOptional(),
    } satisfies Shape<WireStep>),
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

/** The most answers to answers. After them, no application is asked, and nothing leaves by a wire. */
export const MAX_HOPS = 10;
/** The most documents that may answer one message. */
export const MAX_DOCUMENTS = 10;
