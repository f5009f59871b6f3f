import { type Expression, type SqlBool, sql } from 'kysely';
import type { Db, Engine, Tx } from '../db/database.ts';
import { countRows } from '../db/limit.ts';
import type { EpochMs } from '../kit/utc.ts';
import type { NumberType } from './phone-number.ts';
import { QUARANTINE_MS, type StockNumber } from './stock-number.ts';

/** The most numbers that one statement names. */
const AT_ONCE = 200;

/** Finds a number of the stock, whether somebody holds it or not. */
export async function findStockNumber(
  db: Db,
  phone_number: string,
): Promise<StockNumber | undefined> {
  return db
    .selectFrom('stock_numbers')
    .selectAll()
    .where('phone_number', '=', phone_number)
    .executeTakeFirst();
}

/** The same, with a lock until the transaction ends. */
export async function lockStockNumber(
  tx: Tx,
  engine: Engine,
  phone_number: string,
): Promise<StockNumber | undefined> {
  const query = tx.selectFrom('stock_numbers').selectAll().where('phone_number', '=', phone_number);
  return (engine === 'sqlite' ? query : query.forUpdate()).executeTakeFirst();
}

/** Those of some numbers that are in the stock. */
export async function listStockAmong(
  db: Db,
  numbers: readonly string[],
): Promise<ReadonlyMap<string, StockNumber>> {
  const found = new Map<string, StockNumber>();
  for (const some of inParts(numbers)) {
    const rows = await db
      .selectFrom('stock_numbers')
      .selectAll()
      .where('phone_number', 'in', some)
      .execute();
    for (const row of rows) found.set(row.phone_number, row);
  }
  return found;
}

export function countStock(db: Tx): Promise<number> {
  return countRows(db.selectFrom('stock_numbers'));
}

/** Adds numbers, and replaces those that are there. A quarantine goes on. */
export async function putStock(tx: Tx, numbers: readonly StockNumber[]): Promise<void> {
  for (const some of inParts(numbers)) {
    await tx
      .insertInto('stock_numbers')
      .values(some)
      .onConflict((conflict) =>
        conflict.column('phone_number').doUpdateSet((eb) => ({
          iso_country: eb.ref('excluded.iso_country'),
          type: eb.ref('excluded.type'),
          capabilities: eb.ref('excluded.capabilities'),
          carrier: eb.ref('excluded.carrier'),
          price_micro: eb.ref('excluded.price_micro'),
          date_updated: eb.ref('excluded.date_updated'),
        })),
      )
      .execute();
  }
}

/** Gives held numbers the carrier and the capabilities of the stock. */
export async function linkHeldNumbers(tx: Tx, numbers: readonly StockNumber[]): Promise<void> {
  const byNumber = new Map(numbers.map((one) => [one.phone_number, one]));
  for (const some of inParts([...byNumber.keys()])) {
    const held = await tx
      .selectFrom('incoming_phone_numbers')
      .select(['sid', 'phone_number'])
      .where('phone_number', 'in', some)
      .execute();
    for (const { sid, phone_number } of held) {
      const { carrier = null, capabilities = null } = byNumber.get(phone_number) ?? {};
      await tx
        .updateTable('incoming_phone_numbers')
        .set({ carrier, capabilities })
        .where('sid', '=', sid)
        .execute();
    }
  }
}

/** Begins the quarantine of the numbers that an account is about to release. */
export async function quarantineNumbers(
  tx: Tx,
  { account_sid, sid }: { readonly account_sid: string; readonly sid?: string },
  now: EpochMs,
): Promise<void> {
  let released = tx
    .selectFrom('incoming_phone_numbers')
    .select('phone_number')
    .where('account_sid', '=', account_sid);
  if (sid !== undefined) released = released.where('sid', '=', sid);
  await tx
    .updateTable('stock_numbers')
    .set({ date_free: now + QUARANTINE_MS })
    .where('phone_number', 'in', released)
    .execute();
}

/** The conditions for numbers that can be bought. */
export interface StockFilter {
  readonly iso_country: string;
  readonly type: NumberType;
  /** A pattern of `LIKE`. */
  readonly like: string;
  readonly now: EpochMs;
}

/** Numbers that can be bought, by their digits, from one on. Short codes are not on a list. */
export function listFreeStock(
  db: Db,
  { iso_country, type, like, now }: StockFilter,
  after: string,
  most: number,
): Promise<StockNumber[]> {
  return db
    .selectFrom('stock_numbers')
    .selectAll()
    .where('iso_country', '=', iso_country)
    .where('type', '=', type)
    .where('phone_number', '>', after)
    .where('phone_number', 'like', like)
    .where('date_free', '<=', now)
    .where(nobodyHolds())
    .orderBy('phone_number')
    .limit(most)
    .execute();
}

type StockType = Pick<StockNumber, 'iso_country' | 'type'>;

/**
 * The countries and types of the numbers that can be bought, in order. Each query finds the next one
 * by the index, so that a search does not go through the whole stock.
 * @param only a country; null: all of them
 */
export async function listStockTypes(
  db: Db,
  now: EpochMs,
  only: string | null = null,
): Promise<readonly StockType[]> {
  const found: StockType[] = [];
  for (;;) {
    const next = await nextStockType(db, now, { only, after: found.at(-1) });
    if (!next) return found;
    found.push(next);
  }
}

function nextStockType(
  db: Db,
  now: EpochMs,
  { only, after }: { readonly only: string | null; readonly after: StockType | undefined },
): Promise<StockType | undefined> {
  const { iso_country = '', type = '' as NumberType } = after ?? {};
  return db
    .selectFrom('stock_numbers')
    .select(['iso_country', 'type'])
    .where((eb) =>
      only === null
        ? eb(eb.refTuple('iso_country', 'type'), '>', eb.tuple(iso_country, type))
        : eb.and([eb('iso_country', '=', only), eb('type', '>', type)]),
    )
    .where('phone_number', 'like', '+%')
    .where('date_free', '<=', now)
    .where(nobodyHolds())
    .orderBy('iso_country')
    .orderBy('type')
    .limit(1)
    .executeTakeFirst();
}

function nobodyHolds(): Expression<SqlBool> {
  return sql<SqlBool>`not exists (select 1 from incoming_phone_numbers
    where incoming_phone_numbers.phone_number = stock_numbers.phone_number)`;
}

function* inParts<T>(all: readonly T[]): Generator<T[]> {
  for (let at = 0; at < all.length; at += AT_ONCE) yield all.slice(at, at + AT_ONCE);
}
