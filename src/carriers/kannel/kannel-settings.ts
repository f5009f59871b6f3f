import { createHmac } from 'node:crypto';

/** The ways of calling `sendsms`: a query, Kannel's own headers, or a form as some providers have it. */
export const METHODS = ['get', 'headers', 'form'] as const;

export interface KannelSettings {
  /** The address of `sendsms`. */
  readonly url: string;
  readonly username: string;
  readonly password: string;
  /** It stands in the address of incoming messages, and proves the addresses of reports. */
  readonly secret: string;
  readonly method: (typeof METHODS)[number];
  /** The centre that Kannel shall take; absent: Kannel chooses. */
  readonly smsc?: string | undefined;
  readonly [field: string]: unknown;
}

/** The key in the address of a message's reports. It tells nothing about that of another message. */
export function reportKey({ secret }: Pick<KannelSettings, 'secret'>, sid: string): string {
  return createHmac('sha256', secret).update(`tieline report|${sid}`).digest('hex');
}
