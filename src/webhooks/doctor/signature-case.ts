import type { Pairs } from './parameter-variants.ts';

/** A request as its receiver's code saw it. */
export interface SignatureCase {
  /** The URL that the code checks. */
  readonly url: string;
  /** The decoded parameters of the form; for JSON its fields. */
  readonly pairs: Pairs;
  /** The body as it came; null when only decoded parameters are known. */
  readonly body: string | null;
  readonly is_json: boolean;
  /** The header `X-Twilio-Signature`. */
  readonly signature: string;
  /** The signature that the receiver's own code made; null when it is not known. */
  readonly computed: string | null;
  /** The header `X-Forwarded-Host`; null when it is not known. */
  readonly forwarded_host: string | null;
}

/** A token that may have signed the request. */
export interface SigningKey {
  /** Names the token for people, and never holds it. */
  readonly name: string;
  readonly token: string;
  /** Whether the receiver's code is believed to use it. */
  readonly is_usual: boolean;
}

/** A request that was certainly sent, as the outbox keeps it. */
export interface SentRequest {
  readonly url: string;
  readonly pairs: Pairs;
  /** The text that was signed. */
  readonly signed: string;
}
