import type { z } from 'zod';
import type { App } from '../app.ts';
import type { ReceiverPolicy } from '../webhooks/addresses.ts';
import type { Media } from './media/media.ts';
import type { Inbound, MessageCarrier } from './message-carrier.ts';
import type { SecretReader } from './secret.ts';
import type { InboundCalls, VoiceCarrier } from './voice-carrier.ts';

/** The two things that a carrier may carry. */
export const TRAFFIC = ['calls', 'messages'] as const;
export type Traffic = (typeof TRAFFIC)[number];

/** The fields of a carrier in the operator's file, as its kind reads them. */
export type CarrierSettings = Readonly<Record<string, unknown>>;

/** Everything that a carrier needs from the product. */
export interface CarrierOutside
  extends Pick<
    App,
    | 'log'
    | 'resolve'
    | 'resolveService'
    | 'resolveWays'
    | 'now'
    | 'realNow'
    | 'randomBytes'
    | 'home'
  > {
  readonly mode: App['config']['mode'];
  /** The rules for addresses that are not the operator's. */
  readonly config: ReceiverPolicy;
  readonly inbound: Inbound & InboundCalls;
  /** The sound of all calls of this server, so that calls of two carriers hear each other. */
  readonly media: Media;
}

/** A kind of carrier: the form of its settings, and how it is opened. */
export interface CarrierKind<Settings extends CarrierSettings = CarrierSettings> {
  readonly carries: readonly Traffic[];
  /** The fields besides `kind` and `numbers`. A wrong value is a sentence that begins with "must". */
  readonly settings: (secret: SecretReader) => z.ZodObject<z.ZodRawShape>;
  /** Whether the far side answers STOP, START and HELP itself; absent: it does not. */
  readonly answers_keywords?: boolean;
  /** The token with which the carrier reports events over HTTP; absent: it has other ways. */
  readonly events_token?: (settings: Settings) => string;
  /** Opens it; it connects on its own and never throws. Null: the kind has no wire. */
  readonly open:
    | ((name: string, settings: Settings, outside: CarrierOutside) => MessageCarrier)
    | null;
  /** Opens a carrier of calls, in the same way; absent: the kind has no wire for calls. */
  readonly openVoice?: (name: string, settings: Settings, outside: CarrierOutside) => VoiceCarrier;
  /** The field that does not go together with others, and the rule; null when all go together. */
  readonly check?: (settings: Settings) => { readonly field: string; readonly rule: string } | null;
}
