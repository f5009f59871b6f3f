import { type Insertable, type RawBuilder, type SqlBool, sql, type Updateable } from 'kysely';
import type { Db, Engine, Tx } from '../db/database.ts';
import { equal } from '../db/keyset.ts';
import { prepared } from '../db/prepared.ts';
import type { Tables } from '../db/tables/tables.ts';
import type { EpochMs } from '../kit/utc.ts';
import type { Attempt, Delivery, DeliveryState, NewAttempt } from './webhook.ts';

export const insertDelivery = prepared((db, delivery: Insertable<Tables['deliveries']>) =>
  db.insertInto('deliveries').values(delivery),
);

export async function fetchDelivery(db: Db, sid: string): Promise<Delivery | undefined> {
  return (await deliveryBySid(db, { sid }))[0];
}

const deliveryBySid = prepared((db, { sid }: { sid: string }) =>
  db.selectFrom('deliveries').selectAll().where('sid', '=', sid),
);

export async function fetchDeliveryOfApp(
  db: Db,
  connect_app_sid: string,
  sid: string,
): Promise<Delivery | undefined> {
  return db
    .selectFrom('deliveries')
    .selectAll()
    .where('connect_app_sid', '=', connect_app_sid)
    .where('sid', '=', sid)
    .executeTakeFirst();
}

export interface DeliveryFilter {
  readonly account_sid?: string | undefined;
  readonly state?: DeliveryState | undefined;
  /** The beginning of the URL, as the account wrote it. */
  readonly url?: string | undefined;
}

/** The newest deliveries of a list that a search by URL looks through. */
const SEARCHED_DELIVERIES = 10_000;

/**
 * Deliveries, newest first, for the operator. A URL is searched for among the newest ones of an
 * account or state, and so is a state among those of an account, unless it is `dead`.
 */
export async function listDeliveries(
  db: Db,
  { account_sid, state, url }: DeliveryFilter,
  limit: number,
): Promise<Delivery[]> {
  let list = db.selectFrom('deliveries').selectAll();
  const conditions: RawBuilder<SqlBool>[] = [];
  if (account_sid !== undefined) {
    list = list.where('account_sid', '=', account_sid).orderBy('date_created', 'desc');
    // The words of the index of dead deliveries.
    if (state === 'dead') list = list.where('state', '=', sql.lit('dead'));
    else if (state !== undefined) conditions.push(equal('state', state));
  } else if (state !== undefined) list = list.where('state', '=', state);
  if (url !== undefined) {
    conditions.push(sql<SqlBool>`substr(url, 1, length(cast(${url} as text))) = ${url}`);
  }
  // SIDs are in the order of time, so the key alone finds the newest.
  list = list.orderBy('sid', 'desc');
  if (conditions.length === 0) return list.limit(limit).execute();
  let query = db.selectFrom(list.limit(SEARCHED_DELIVERIES).as('newest')).selectAll();
  for (const condition of conditions) query = query.where(condition);
  if (account_sid !== undefined) query = query.orderBy('date_created', 'desc');
  return query.orderBy('sid', 'desc').limit(limit).execute();
}

/** The newest deliveries that an account's token signs. */
export async function listNewestSigned(
  db: Db,
  signing_account_sid: string,
  limit: number,
): Promise<Delivery[]> {
  return db
    .selectFrom('deliveries')
    .selectAll()
    .where('signing_account_sid', '=', signing_account_sid)
    .orderBy('date_created', 'desc')
    .orderBy('sid', 'desc')
    .limit(limit)
    .execute();
}

/** Every attempt of some deliveries, in the order in which they were made. */
export async function listAttempts(db: Db, delivery_sids: readonly string[]): Promise<Attempt[]> {
  if (delivery_sids.length === 0) return [];
  return db
    .selectFrom('delivery_attempts')
    .selectAll()
    .where('delivery_sid', 'in', delivery_sids)
    .orderBy('delivery_sid')
    .orderBy('number')
    .execute();
}

/**
 * The hosts with due deliveries after the given host, in the order of names. The query goes from
 * host to host in the index, so its cost does not grow with the number of deliveries of a host.
 */
export async function listDueHosts(
  tx: Tx,
  now: EpochMs,
  after: string,
  limit: number,
): Promise<string[]> {
  return (await dueHosts(tx, { now, after, limit })).map(({ host }) => host);
}

const dueHosts = prepared(
  (db, { now, after, limit }: { now: EpochMs; after: string; limit: number }) => ({
    compile: () =>
      sql<{ host: string }>`
        with recursive hosts (host) as (
          select (select min(host) from deliveries where date_next is not null and host > ${after})
          union all
          select (
            select min(next.host) from deliveries as next
            where next.date_next is not null and next.host > hosts.host
          ) from hosts where hosts.host is not null
        )
        select host from hosts
        where host is not null and (
          select min(due.date_next) from deliveries as due
          where due.host = hosts.host and due.date_next is not null
        ) <= ${now}
        limit ${limit}`.compile(db),
  }),
);

/**
 * The due deliveries of a host, the longest waiting first. On PostgreSQL, deliveries that another
 * process is claiming are left out. A lease lasts in real time, independent of the product's clock.
 */
export function selectDue(
  tx: Tx,
  engine: Engine,
  due: DueOfHost,
): Promise<Pick<Delivery, 'sid'>[]> {
  const select = engine === 'sqlite' ? dueOfHost : lockedDueOfHost;
  return select(tx, due);
}

type DueOfHost = Record<'time' | 'realTime' | 'limit', number> & Record<'host', string>;

const dueOfHost = prepared((db, due: DueOfHost) => selectDueOfHost(db, due));
const lockedDueOfHost = prepared((db, due: DueOfHost) =>
  selectDueOfHost(db, due).forUpdate().skipLocked(),
);

function selectDueOfHost(db: Db, { host, time, realTime, limit }: DueOfHost) {
  return db
    .selectFrom('deliveries')
    .select('sid')
    .where('host', '=', host)
    .where('date_next', '<=', time)
    .where((eb) =>
      eb.or([
        eb('state', '!=', 'leased'),
        eb('leased_until', 'is', null),
        eb('leased_until', '<=', realTime),
      ]),
    )
    .orderBy('date_next')
    .orderBy('sid')
    .limit(limit);
}

export const insertAttempt = prepared((db, attempt: NewAttempt) =>
  db.insertInto('delivery_attempts').values(attempt),
);

type Changes = Omit<Updateable<Tables['deliveries']>, 'sid'>;

type Ended = Pick<Delivery, 'sid' | 'lease' | 'state' | 'reason' | 'date_next' | 'date_updated'>;

/**
 * Ends a lease and writes the delivery's new state. A lease that has ended already changes nothing.
 */
export const endLease = prepared((db, { sid, lease, ...changes }: Ended) =>
  db
    .updateTable('deliveries')
    .set({ ...changes, lease: null })
    .where('sid', '=', sid)
    .where('lease', '=', lease),
);

/** @returns undefined when the delivery is cancelled, perhaps by another process: that is final. */
export async function updateDelivery(
  tx: Tx,
  sid: string,
  changes: Changes,
): Promise<Delivery | undefined> {
  return tx
    .updateTable('deliveries')
    .set(changes)
    .where('sid', '=', sid)
    .where('state', '!=', 'cancelled')
    .returningAll()
    .executeTakeFirst();
}

/** Cancels unsent deliveries that a grant's app caused. @returns the kind of each. */
export async function cancelDeliveriesOfGrant(
  tx: Tx,
  grant_sid: string,
  changes: { reason: string; date_updated: EpochMs },
): Promise<string[]> {
  const cancelled = await tx
    .updateTable('deliveries')
    .set({ ...changes, state: 'cancelled', date_next: null, lease: null })
    .where('created_by_grant', '=', grant_sid)
    .where('date_next', 'is not', null)
    .returning('kind')
    .execute();
  return cancelled.map(({ kind }) => kind);
}

/**
 * Cancels the deauthorize callbacks of a grant that stands again: those that wait, and those that
 * were given up, so that they cannot be replayed.
 */
export async function cancelDeauthorizations(
  tx: Tx,
  of: { connect_app_sid: string; subaccount_sid: string },
  changes: { reason: string; date_updated: EpochMs },
): Promise<void> {
  await tx
    .updateTable('deliveries')
    .set({ ...changes, state: 'cancelled', date_next: null, lease: null })
    .where('connect_app_sid', '=', of.connect_app_sid)
    .where('account_sid', '=', of.subaccount_sid)
    .where('kind', '=', 'deauthorize')
    .where((eb) => eb.or([eb('date_next', 'is not', null), eb('state', '=', 'dead')]))
    .execute();
}

/** Deletes the deliveries of a resource, with their attempts. */
export async function deleteDeliveries(
  tx: Tx,
  account_sid: string,
  sids: readonly string[],
  kinds: readonly string[],
): Promise<void> {
  if (sids.length === 0) return;
  const found = await tx
    .selectFrom('deliveries')
    .select('sid')
    .where('account_sid', '=', account_sid)
    .where('sid', 'in', sids)
    .where('kind', 'in', kinds)
    .execute();
  if (found.length > 0) await deleteWithAttempts(tx, found);
}

async function deleteWithAttempts(tx: Tx, found: readonly Pick<Delivery, 'sid'>[]): Promise<void> {
  const sids = found.map(({ sid }) => sid);
  await tx.deleteFrom('delivery_attempts').where('delivery_sid', 'in', sids).execute();
  await tx.deleteFrom('deliveries').where('sid', 'in', sids).execute();
}

/** Deletes deliveries that ended before these dates, with their attempts. @returns their number. */
export async function deleteEndedDeliveries(
  tx: Tx,
  before: { readonly ended: EpochMs; readonly dead: EpochMs },
  limit: number,
): Promise<number> {
  const found = await tx
    .selectFrom('deliveries')
    .select('sid')
    .where('date_next', 'is', null)
    .where('date_updated', '<', before.ended)
    .where((eb) => eb.or([eb('state', '!=', 'dead'), eb('date_updated', '<', before.dead)]))
    .orderBy('date_updated')
    .orderBy('sid')
    .limit(limit)
    .execute();
  if (found.length > 0) await deleteWithAttempts(tx, found);
  return found.length;
}
