import { createHash } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

type Row = Record<string, string | number | null>;
type AnyDb = Kysely<Record<string, Row>>;

const ROWS_AT_ONCE = 1_000;

/** Chains the audit log of each account. Existing events are chained in the order of their time. */
export const auditChain: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .alterTable('audit_events')
      .addColumn('number', 'bigint', (column) => column.notNull().defaultTo(0))
      .execute();
    await db.schema
      .alterTable('audit_events')
      .addColumn('previous', 'text', (column) => column.notNull().defaultTo(''))
      .execute();
    await db.schema
      .createTable('audit_chains')
      .addColumn('account_sid', 'text', (column) => column.primaryKey())
      .addColumn('first', 'bigint', (column) => column.notNull())
      .addColumn('number', 'bigint', (column) => column.notNull())
      .addColumn('hash', 'text', (column) => column.notNull())
      .execute();
    await chainAll(db as AnyDb);
    await db.schema
      .createIndex('audit_events_by_number')
      .on('audit_events')
      .columns(['account_sid', 'number'])
      .unique()
      .execute();
  },
};

async function chainAll(db: AnyDb): Promise<void> {
  let last: Row | undefined;
  let head = { account_sid: '', number: 0, hash: '' };
  const keep = async () => {
    if (head.number > 0)
      await db
        .insertInto('audit_chains')
        .values({ ...head, first: 1 })
        .execute();
  };
  for (;;) {
    let query = db.selectFrom('audit_events').selectAll().limit(ROWS_AT_ONCE);
    for (const column of ['account_sid', 'date_created', 'sid']) query = query.orderBy(column);
    if (last) {
      const { account_sid, date_created, sid } = last;
      query = query.where(
        sql<boolean>`(account_sid, date_created, sid) > (${account_sid}, ${date_created}, ${sid})`,
      );
    }
    const rows = await query.execute();
    for (const row of rows) {
      if (row['account_sid'] !== head.account_sid) {
        await keep();
        head = { account_sid: String(row['account_sid']), number: 0, hash: '' };
      }
      const place = { number: head.number + 1, previous: head.hash };
      await db
        .updateTable('audit_events')
        .set(place)
        .where('sid', '=', row['sid'] ?? '')
        .execute();
      head = { ...head, number: place.number, hash: hashOf({ ...row, ...place }) };
    }
    if (rows.length < ROWS_AT_ONCE) break;
    last = rows.at(-1);
  }
  await keep();
}

function hashOf(row: Row): string {
  const { previous, number, sid, date_created, account_sid } = row;
  const { actor_kind, actor_sid, grant_sid, action, target_sid, detail } = row;
  const parts = [previous, number, sid, Number(date_created), account_sid];
  const what = [actor_kind, actor_sid, grant_sid, action, target_sid, detail];
  return createHash('sha256')
    .update(JSON.stringify([...parts, ...what]))
    .digest('hex');
}
