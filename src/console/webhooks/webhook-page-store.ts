import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Db } from '../../db/database.ts';
import { equal, type Page, type PageRequest, searchPage } from '../../db/keyset.ts';
import { listAttempts } from '../../webhooks/delivery-store.ts';
import type { Delivery } from '../../webhooks/webhook.ts';
import { treeOf } from '../parts/doer-store.ts';
import type { Result, Webhook, WebhookFilter } from './webhook-filter.ts';

/** Reads the webhooks that an account's tokens sign: the requests to its own servers. */

const CONDITIONS: Readonly<Record<Result, RawBuilder<SqlBool>>> = {
  failing: sql<SqlBool>`date_next is not null and attempts > 0`,
  waiting: sql<SqlBool>`date_next is not null and attempts = 0`,
  dead: equal('state', 'dead'),
  delivered: equal('state', 'delivered'),
  cancelled: equal('state', 'cancelled'),
};

/** The webhooks that one account signs, newest first. */
export async function listSigned(
  db: Db,
  signing_account_sid: string,
  { result, kind, host }: WebhookFilter,
  page: PageRequest,
): Promise<Page<Delivery>> {
  const list = db
    .selectFrom('deliveries')
    .selectAll()
    .where('signing_account_sid', '=', signing_account_sid);
  const conditions = [
    ...(result === undefined ? [] : [CONDITIONS[result]]),
    ...(kind === undefined ? [] : [equal('kind', kind)]),
    ...(host === undefined ? [] : [equal('host', host)]),
  ];
  return searchPage(list, conditions, page);
}

/** Adds the last attempt to each delivery. */
export async function withLastAttempt(db: Db, deliveries: readonly Delivery[]): Promise<Webhook[]> {
  const attempts = await listAttempts(
    db,
    deliveries.map(({ sid }) => sid),
  );
  // Of the attempts of one delivery, the map keeps the last.
  const last = new Map(attempts.map((one) => [one.delivery_sid, one]));
  return deliveries.map((delivery) => ({ ...delivery, last: last.get(delivery.sid) }));
}

/** A webhook that a main account or one of its subaccounts signs. */
export async function fetchSigned(
  db: Db,
  owner_account_sid: string,
  sid: string,
): Promise<Delivery | undefined> {
  return db
    .selectFrom('deliveries')
    .selectAll()
    .where('sid', '=', sid)
    .where('signing_account_sid', 'in', treeOf(db, owner_account_sid))
    .executeTakeFirst();
}
