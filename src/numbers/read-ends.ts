import type { Db } from '../db/database.ts';
import { findOwnNumber, listNumbersByCountry } from './incoming-phone-number-store.ts';
import { isShortCode, readDialledNumber, readPhoneNumber } from './phone-number.ts';

/** Both ends of a message or a call. Empty texts and other addresses are allowed. */
interface Ends {
  readonly to: string;
  readonly from: string | null;
}

/**
 * Reads both ends as an account writes them. The country of a number in national form is that of
 * the sending number, or the United States without one.
 * @param pool the numbers of which one sends when no sender is named
 * @returns the ends, in E.164 if they are numbers
 */
export async function readEnds<Of extends Ends>(
  db: Db,
  account_sid: string,
  given: Of,
  pool: readonly string[] = [],
): Promise<Of> {
  const from = given.from === null ? null : await readSender(db, account_sid, given.from);
  if (readPhoneNumber(given.to)) return { ...given, from };
  const near = from ?? pool[0] ?? (await listNumbersByCountry(db, account_sid))[0] ?? null;
  return { ...given, from, to: dialled(given.to, near) };
}

/** The same for a caller without numbers, such as test credentials. */
export function readEndsAtHome<Of extends Ends>(given: Of): Of {
  const from = given.from === null ? null : dialled(given.from, null);
  return { ...given, from, to: dialled(given.to, from) };
}

/** Finds the account's number for a sender in national form. */
async function readSender(db: Db, account_sid: string, text: string): Promise<string> {
  if (readPhoneNumber(text) || !/\d/.test(text)) return text;
  if (isShortCode(text) && (await findOwnNumber(db, account_sid, text))) return text;
  for (const near of await listNumbersByCountry(db, account_sid)) {
    const read = readDialledNumber(text, near);
    if (read && (await findOwnNumber(db, account_sid, read.number))) return read.number;
  }
  return dialled(text, null);
}

/** The filter of a list by its ends. A partial number stays as it is. */
export async function readFilterEnds(
  db: Db,
  account_sid: string,
  { to, from }: { readonly to?: string | null; readonly from?: string | null },
): Promise<{ readonly to?: string; readonly from?: string }> {
  const given = [to, from].filter((text) => text !== undefined && text !== null);
  const isPlain = given.every((text) => readPhoneNumber(text));
  const near = isPlain ? null : ((await listNumbersByCountry(db, account_sid))[0] ?? null);
  return {
    ...(to != null && { to: dialled(to, near) }),
    ...(from != null && { from: dialled(from, near) }),
  };
}

function dialled(text: string, near: string | null): string {
  return readDialledNumber(text, near)?.number ?? text;
}
