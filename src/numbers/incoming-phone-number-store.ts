import type { Db, Engine, Tx } from '../db/database.ts';
import { fetchPage, type Page, type PageRequest } from '../db/keyset.ts';
import { countRows } from '../db/limit.ts';
import { prepared } from '../db/prepared.ts';
import type { EpochMs } from '../kit/utc.ts';
import { type IncomingPhoneNumber, withoutGrant } from './incoming-phone-number.ts';
import type { NumberType } from './phone-number.ts';

const selectByNumber = prepared(
  (db, { phone_number }: { phone_number: string }) =>
    db.selectFrom('incoming_phone_numbers').selectAll().where('phone_number', '=', phone_number),
  { isReadOnce: true },
);

/** Finds a held number in any account. @param phone_number in E.164 */
export async function findNumber(
  db: Db,
  phone_number: string,
): Promise<IncomingPhoneNumber | undefined> {
  return (await selectByNumber(db, { phone_number }))[0];
}

/** The carrier that the stock has named for a held number. @param phone_number in E.164 */
export async function linkOfNumber(db: Db, phone_number: string): Promise<string | null> {
  return (await findNumber(db, phone_number))?.carrier ?? null;
}

/** The same for a number of one account. */
export async function findOwnNumber(
  db: Db,
  account_sid: string,
  phone_number: string,
): Promise<IncomingPhoneNumber | undefined> {
  const number = await findNumber(db, phone_number);
  return number?.account_sid === account_sid ? number : undefined;
}

const selectByCountry = prepared((db, { account_sid }: { account_sid: string }) =>
  db
    .selectFrom('incoming_phone_numbers')
    .select((eb) => eb.fn.min('phone_number').as('phone_number'))
    .where('account_sid', '=', account_sid)
    .groupBy('iso_country')
    .orderBy((eb) => eb.fn.countAll(), 'desc')
    .orderBy('iso_country'),
);

/** One number of an account for each country, the country with most of its numbers first. */
export async function listNumbersByCountry(db: Db, account_sid: string): Promise<string[]> {
  const rows = await selectByCountry(db, { account_sid });
  return rows.map(({ phone_number }) => phone_number);
}

const selectBySid = prepared((db, { sid }: { sid: string }) =>
  db.selectFrom('incoming_phone_numbers').selectAll().where('sid', '=', sid),
);

/** Finds a held number of any account by its SID. */
export async function findNumberBySid(
  db: Db,
  sid: string,
): Promise<IncomingPhoneNumber | undefined> {
  return (await selectBySid(db, { sid }))[0];
}

/** The numbers among these, in E.164, that any account holds. */
export async function listHeldNumbers(
  db: Db,
  numbers: readonly string[],
): Promise<ReadonlySet<string>> {
  if (numbers.length === 0) return new Set();
  const held = await db
    .selectFrom('incoming_phone_numbers')
    .select('phone_number')
    .where('phone_number', 'in', numbers)
    .execute();
  return new Set(held.map(({ phone_number }) => phone_number));
}

/** The filters of a list of numbers. */
export interface NumberFilters {
  readonly type?: NumberType | undefined;
  readonly friendly_name?: string | undefined;
  /** A part of the number: digits, `+`, and `_` for any single digit. */
  readonly part?: string | undefined;
}

export function listNumbers(
  db: Db,
  account_sid: string,
  { type, friendly_name, part }: NumberFilters,
  page: PageRequest,
): Promise<Page<IncomingPhoneNumber>> {
  let query = db
    .selectFrom('incoming_phone_numbers')
    .selectAll()
    .where('account_sid', '=', account_sid);
  if (type !== undefined) query = query.where('type', '=', type);
  if (friendly_name !== undefined) query = query.where('friendly_name', '=', friendly_name);
  if (part !== undefined) query = query.where('phone_number', 'like', `%${part}%`);
  return fetchPage(query, page);
}

export function countNumbers(tx: Tx, account_sid: string): Promise<number> {
  return countRows(tx.selectFrom('incoming_phone_numbers').where('account_sid', '=', account_sid));
}

export async function fetchNumber(
  db: Db,
  account_sid: string,
  sid: string,
): Promise<IncomingPhoneNumber | undefined> {
  return db
    .selectFrom('incoming_phone_numbers')
    .selectAll()
    .where('account_sid', '=', account_sid)
    .where('sid', '=', sid)
    .executeTakeFirst();
}

/** The same, with a lock until the transaction ends. */
export async function lockNumber(
  tx: Tx,
  engine: Engine,
  account_sid: string,
  sid: string,
): Promise<IncomingPhoneNumber | undefined> {
  const query = tx
    .selectFrom('incoming_phone_numbers')
    .selectAll()
    .where('account_sid', '=', account_sid)
    .where('sid', '=', sid);
  return (engine === 'sqlite' ? query : query.forUpdate()).executeTakeFirst();
}

/** @returns whether the number was free, and now belongs to the row's account */
export async function insertNumber(tx: Tx, number: IncomingPhoneNumber): Promise<boolean> {
  const { numInsertedOrUpdatedRows = 0n } = await tx
    .insertInto('incoming_phone_numbers')
    .values(number)
    .onConflict((conflict) => conflict.column('phone_number').doNothing())
    .executeTakeFirstOrThrow();
  return numInsertedOrUpdatedRows > 0n;
}

/** The columns that can change. A new `account_sid` moves the number to another account. */
export type NumberChanges = Partial<
  Omit<
    IncomingPhoneNumber,
    'sid' | 'phone_number' | 'type' | 'iso_country' | 'created_by_grant' | 'date_created'
  >
>;

export async function updateNumber(
  tx: Tx,
  account_sid: string,
  sid: string,
  changes: NumberChanges,
): Promise<IncomingPhoneNumber | undefined> {
  return tx
    .updateTable('incoming_phone_numbers')
    .set(changes)
    .where('account_sid', '=', account_sid)
    .where('sid', '=', sid)
    .returningAll()
    .executeTakeFirst();
}

/** @returns whether the account had the number */
export async function deleteNumber(tx: Tx, account_sid: string, sid: string): Promise<boolean> {
  const { numDeletedRows } = await tx
    .deleteFrom('incoming_phone_numbers')
    .where('account_sid', '=', account_sid)
    .where('sid', '=', sid)
    .executeTakeFirstOrThrow();
  return numDeletedRows > 0n;
}

/** Deletes all numbers of an account. @returns their SIDs */
export async function deleteNumbersOf(tx: Tx, account_sid: string): Promise<string[]> {
  const deleted = await tx
    .deleteFrom('incoming_phone_numbers')
    .where('account_sid', '=', account_sid)
    .returning('sid')
    .execute();
  return deleted.map(({ sid }) => sid);
}

/**
 * Clears the URLs that a grant's app gave to numbers of its subaccount. It also looks in the
 * customer's other accounts, because a number may have been moved. The numbers and their other
 * settings stay. @returns the number of changed rows
 */
export async function stopUrlsOfGrant(
  tx: Tx,
  account_sid: string,
  grant_sid: string,
  now: EpochMs,
): Promise<number> {
  const owner = tx
    .selectFrom('accounts')
    .select('owner_account_sid')
    .where('sid', '=', account_sid);
  const family = tx.selectFrom('accounts').select('sid').where('owner_account_sid', '=', owner);
  const numbers = await tx
    .selectFrom('incoming_phone_numbers')
    .selectAll()
    .where('account_sid', 'in', family)
    .where('url_grants', 'like', `%${grant_sid}%`)
    .execute();
  for (const number of numbers) {
    const cleared = { ...withoutGrant(number, grant_sid), date_updated: now };
    await updateNumber(tx, number.account_sid, number.sid, cleared);
  }
  return numbers.length;
}

/** The most numbers that are looked at for their countries. */
const NUMBERS_LOOKED_AT = 1_000;

/** The countries of the numbers that an account itself holds, sorted. */
export async function fetchNumberCountries(db: Db, account_sid: string): Promise<string[]> {
  const found = await db
    .selectFrom(
      db
        .selectFrom('incoming_phone_numbers')
        .where('account_sid', '=', account_sid)
        .select('iso_country')
        .limit(NUMBERS_LOOKED_AT)
        .as('numbers'),
    )
    .select('iso_country')
    .distinct()
    .execute();
  return found.map(({ iso_country }) => iso_country).toSorted();
}
