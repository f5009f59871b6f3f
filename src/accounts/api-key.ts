import type { Selectable } from 'kysely';
import { z } from 'zod';
import type { Tables } from '../db/tables/tables.ts';
import { dates2010, resource, rfc2822Date, sid } from '../http/answers/resource.ts';

export type ApiKey = Omit<Selectable<Tables['api_keys']>, 'root_sid' | 'secret_digest'>;

/** The most keys of one account. */
export const MAX_KEYS = 1_000;

/** docs/contract/accounts.md, "API keys". Only the answer to the creation has the secret. */
const FIELDS = {
  date_created: rfc2822Date,
  date_updated: rfc2822Date,
  friendly_name: z.string().nullable(),
  sid: sid('SK'),
};
const WITH_SECRET = { ...FIELDS, secret: z.string() };

/** `Keys` and `SigningKeys` are two views of the same keys. */
export const KEY = resource('Key', 'keys', FIELDS);
export const NEW_KEY = resource('Key', 'keys', WITH_SECRET);
export const SIGNING_KEY = resource('SigningKey', 'signing_keys', FIELDS);
export const NEW_SIGNING_KEY = resource('SigningKey', 'signing_keys', WITH_SECRET);

export function presentKey(key: ApiKey) {
  return { ...dates2010(key), friendly_name: key.friendly_name, sid: key.sid };
}

const SECRET_LENGTH = 32;
const ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** 32 letters and digits: 190 random bits in the form that every SDK accepts. */
export function newKeySecret(randomBytes: (size: number) => Buffer): string {
  let secret = '';
  while (secret.length < SECRET_LENGTH) {
    for (const byte of randomBytes(SECRET_LENGTH)) {
      // Six bits choose among 64 values. The two values without a character are drawn again.
      secret += ALPHANUMERIC[byte & 63] ?? '';
    }
  }
  return secret.slice(0, SECRET_LENGTH);
}
