import { z } from 'zod';
import type { Account } from '../accounts/account.ts';
import { fetchAccount } from '../accounts/account-store.ts';
import type { Config } from '../config.ts';
import { ruleOfState } from '../consent/interaction.ts';
import type { Db } from '../db/database.ts';
import { ApiError } from '../kit/api-error.ts';
import { isSid, type SidPrefix, sidPattern } from '../kit/sid.ts';
import { isTestToken } from '../kit/test-token.ts';
import { readDialledNumber } from '../numbers/phone-number.ts';

/** The fields that only the control API has; texts and URLs follow the API's own rules. */

/** A decimal number in an answer. */
export const decimalText = z
  .string()
  .describe('A decimal number as text, so that no digit is lost');

/** The parameters of a call without parameters. */
export const nothing = z.strictObject({});

/** 404, as a sentence: `There is no account AC….` */
export function missing(thing: string, name: string): ApiError {
  return new ApiError(404, 20404, `There is no ${thing} ${name}.`);
}

/** 404 for a number that should receive a message or a call and is not held. */
export function heldByNobody(number: string): ApiError {
  const sentence = `No account holds the number ${number}: buy it for one first, or name one that is held.`;
  return new ApiError(404, 20404, sentence);
}

export function sidText(prefix: SidPrefix) {
  const rule = `must be a SID: ${prefix} and 32 hexadecimal digits`;
  return z
    .string({ error: rule })
    .refine((value) => isSid(prefix, value), rule)
    .meta({ openapi: { type: 'string', pattern: `^${sidPattern(prefix)}$` } });
}

const TOKEN_RULE = 'must be 1 to 64 printable characters of ASCII';
const SAFE_TOKEN_RULE = 'must be 32 letters and digits';

/** A token that a test chooses. */
export const newAuthTokenText = z
  .string({ error: TOKEN_RULE })
  .refine((token) => isTestToken(token), TOKEN_RULE);

/**
 * Checks the form of a token. Production requires the form that every SDK accepts, because some
 * SDKs check a token before they use it. @returns null when the token may be used
 */
export function authTokenRule(token: string | undefined, mode: Config['mode']): string | null {
  const isSafe = token === undefined || /^[A-Za-z0-9]{32}$/.test(token);
  return mode === 'development' || isSafe ? null : SAFE_TOKEN_RULE;
}

export async function demandAccount(db: Db, account_sid: string): Promise<Account> {
  const account = await fetchAccount(db, account_sid);
  if (!account) throw missing('account', account_sid);
  return account;
}

/** zod leaves absent options as `undefined`, which a row must not hold. */
export function withoutUndefined<T extends object>(value: T) {
  const given = Object.entries(value).filter(([, part]) => part !== undefined);
  return Object.fromEntries(given) as { [Key in keyof T]: Exclude<T[Key], undefined> };
}

/** A number as people write it, read into E.164. A national form is read as American. */
export const phoneNumberText = z
  .string({ error: 'must be a phone number as +14155550100' })
  .transform((text) => readDialledNumber(text)?.number ?? null)
  .refine((number) => number !== null, 'must be a phone number as +14155550100')
  .transform((number) => number ?? '');

/** The `state` of a link. The app gets it back unchanged (docs/threats.md, T14). */
export const stateText = z.string().check(({ value, issues }) => {
  const rule = ruleOfState(value);
  if (rule !== null) issues.push({ code: 'custom', message: rule, input: value });
});
