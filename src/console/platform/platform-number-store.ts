import { sql } from 'kysely';
import type { Db } from '../../db/database.ts';
import { type Condition, equal } from '../../db/keyset.ts';
import type { EpochMs } from '../../kit/utc.ts';
import type { NumberType } from '../../numbers/phone-number.ts';
import type { StockNumber } from '../../numbers/stock-number.ts';

/** Reads the stock of numbers with its holders, for the operators' page. */

/** The numbers of the stock that one query of a search looks through. */
const SEARCHED_AT_ONCE = 5_000;

/** The states of a number of the stock. */
export const STOCK_STATES = ['free', 'held', 'quarantine'] as const;
export type StockState = (typeof STOCK_STATES)[number];

export interface StockConditions {
  /** Digits that the number has in this order. */
  readonly digits: string | null;
  readonly iso_country: string | null;
  readonly type: NumberType | null;
  readonly carrier: string | null;
  readonly state: StockState | null;
}

/** A number of the stock and the account that holds it; nulls: nobody does. */
export interface StockRow
  extends Pick<StockNumber, 'phone_number' | 'iso_country' | 'type' | 'capabilities'> {
  readonly carrier: string;
  readonly price_micro: number | null;
  readonly date_free: EpochMs;
  readonly account_sid: string | null;
  readonly account_name: string | null;
}

/** The place from which a page goes on: behind a number, or before it. */
export interface StockPlace {
  readonly direction: 'after' | 'before';
  readonly phone_number: string;
}

export interface StockPage {
  readonly rows: readonly StockRow[];
  readonly has_next: boolean;
  readonly has_previous: boolean;
}

interface Sought {
  readonly conditions: StockConditions;
  readonly place: StockPlace | null;
  readonly page_size: number;
  readonly now: EpochMs;
}

/**
 * One page of the stock, by the digits of the numbers. A search looks through some thousand numbers at
 * a time, and other requests go on between two queries.
 */
export async function searchStock(db: Db, sought: Sought): Promise<StockPage> {
  const { place, page_size } = sought;
  const isBackwards = place?.direction === 'before';
  const wanted = page_size + 1;
  const found: StockRow[] = [];
  for (let from = place?.phone_number ?? null; ; ) {
    const edge = await edgeOf(db, sought, from);
    found.push(...(await rowsBetween(db, sought, { from, edge, most: wanted - found.length })));
    if (edge === null || found.length >= wanted) break;
    from = edge;
    await new Promise((resolve) => setImmediate(resolve));
  }
  const has_more = found.length > page_size;
  const rows = found.slice(0, page_size);
  if (isBackwards) rows.reverse();
  return {
    rows,
    has_next: isBackwards || has_more,
    has_previous: isBackwards ? has_more : place !== null,
  };
}

/** The last number that the next query looks at; null: it looks at all that are left. */
async function edgeOf(
  db: Db,
  { conditions, place }: Sought,
  from: string | null,
): Promise<string | null> {
  if (Object.values(conditions).every((condition) => condition === null)) return null;
  const isBackwards = place?.direction === 'before';
  let query = db.selectFrom('stock_numbers').select('phone_number');
  if (from !== null) query = query.where('phone_number', isBackwards ? '<' : '>', from);
  const edge = await query
    .orderBy('phone_number', isBackwards ? 'desc' : 'asc')
    .limit(1)
    .offset(SEARCHED_AT_ONCE - 1)
    .executeTakeFirst();
  return edge?.phone_number ?? null;
}

function rowsBetween(
  db: Db,
  { conditions, place, now }: Sought,
  bounds: { readonly from: string | null; readonly edge: string | null; readonly most: number },
): Promise<StockRow[]> {
  const { from, edge, most } = bounds;
  const isBackwards = place?.direction === 'before';
  let query = db
    .selectFrom('stock_numbers as stock')
    .leftJoin('incoming_phone_numbers as held', 'held.phone_number', 'stock.phone_number')
    .leftJoin('accounts as holder', 'holder.sid', 'held.account_sid')
    .select([
      'stock.phone_number',
      'stock.iso_country',
      'stock.type',
      'stock.capabilities',
      'stock.carrier',
      'stock.price_micro',
      'stock.date_free',
      'held.account_sid',
      'holder.friendly_name as account_name',
    ]);
  if (from !== null) query = query.where('stock.phone_number', isBackwards ? '<' : '>', from);
  if (edge !== null) query = query.where('stock.phone_number', isBackwards ? '>=' : '<=', edge);
  for (const condition of written(conditions, now)) query = query.where(condition);
  return query
    .orderBy('stock.phone_number', isBackwards ? 'desc' : 'asc')
    .limit(most)
    .execute();
}

/** The conditions in SQL. Their columns have no index, because a query looks at few numbers only. */
function written(conditions: StockConditions, now: EpochMs): Condition[] {
  const { digits, iso_country, type, carrier, state } = conditions;
  return [
    ...(digits === null ? [] : [sql<boolean>`stock.phone_number like ${`%${digits}%`}`]),
    ...(iso_country === null ? [] : [equal('stock.iso_country', iso_country)]),
    ...(type === null ? [] : [equal('stock.type', type)]),
    ...(carrier === null ? [] : [equal('stock.carrier', carrier)]),
    ...(state === null ? [] : [inState(state, now)]),
  ];
}

function inState(state: StockState, now: EpochMs): Condition {
  if (state === 'held') return sql<boolean>`held.phone_number is not null`;
  return state === 'free'
    ? sql<boolean>`held.phone_number is null and stock.date_free <= ${now}`
    : sql<boolean>`held.phone_number is null and stock.date_free > ${now}`;
}

/** The numbers of one country and type in the stock. */
export interface StockCount {
  readonly iso_country: string;
  readonly type: NumberType;
  readonly total: number;
  readonly held: number;
  readonly quarantine: number;
}

/** Counts the whole stock. `MAX_STOCK` bounds the work. */
export function countStockTypes(db: Db, now: EpochMs): Promise<StockCount[]> {
  return db
    .selectFrom('stock_numbers as stock')
    .leftJoin('incoming_phone_numbers as held', 'held.phone_number', 'stock.phone_number')
    .select(({ fn, eb }) => [
      'stock.iso_country',
      'stock.type',
      fn.countAll<number>().as('total'),
      fn.count<number>('held.phone_number').as('held'),
      fn
        .count<number>(eb.case().when(inState('quarantine', now)).then(sql<number>`1`).end())
        .as('quarantine'),
    ])
    .groupBy(['stock.iso_country', 'stock.type'])
    .orderBy('stock.iso_country')
    .orderBy('stock.type')
    .execute();
}
