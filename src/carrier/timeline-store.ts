import { sql } from 'kysely';
import type { Db, Tx } from '../db/database.ts';
import { given, run, waitingScopeOf } from '../db/insert-later.ts';
import { oneRow } from '../db/keyset.ts';
import { prepared } from '../db/prepared.ts';
import { preparedRows } from '../db/prepared-rows.ts';
import type { LaterWrite } from '../db/statement.ts';
import type { EpochMs } from '../kit/utc.ts';
import type { NewEntry, TimelineEntry } from './timeline.ts';

const insertEntries = preparedRows((db, rows: TimelineEntry[]) =>
  db.insertInto('timeline').values(rows),
);

type Unnumbered = Omit<TimelineEntry, 'number'>;

/** Reads the last number and writes the next one in one statement. */
const appendEntry = prepared((db, entry: Unnumbered) =>
  db
    .insertInto('timeline')
    .columns([
      'number',
      'resource_sid',
      'account_sid',
      'root_sid',
      'date_created',
      'kind',
      'detail',
      'delivery_sid',
    ])
    .expression((eb) =>
      eb
        .selectFrom('timeline')
        .select([
          sql<number>`coalesce(max(number), 0) + 1`.as('next'),
          sql<string>`cast(${entry.resource_sid} as text)`.as('resource'),
          sql<string>`cast(${entry.account_sid} as text)`.as('account'),
          sql<string>`cast(${entry.root_sid} as text)`.as('root'),
          sql<number>`cast(${entry.date_created} as bigint)`.as('date'),
          sql<string>`cast(${entry.kind} as text)`.as('kind_of_entry'),
          sql<string>`cast(${entry.detail} as text)`.as('details'),
          sql<string | null>`cast(${entry.delivery_sid} as text)`.as('delivery'),
        ])
        .where('resource_sid', '=', entry.resource_sid),
    ),
);

const selectLast = prepared((db, { resource_sid }: { resource_sid: string }) =>
  db
    .selectFrom('timeline')
    .select((eb) => eb.fn.coalesce(eb.fn.max('number'), sql<number>`0`).as('last'))
    .where('resource_sid', '=', resource_sid),
);

interface Of {
  readonly sid: string;
  readonly account_sid: string;
}

/** A call or a message that gets events. */
interface Owned extends Of {
  readonly root_sid: string;
}

function rowsOf(of: Owned, now: EpochMs, entries: readonly NewEntry[]): Unnumbered[] {
  return entries.map(({ kind, detail, delivery_sid }) => ({
    resource_sid: of.sid,
    account_sid: of.account_sid,
    root_sid: of.root_sid,
    date_created: now,
    kind,
    detail: JSON.stringify(detail),
    delivery_sid: delivery_sid ?? null,
  }));
}

/** Writes the first events of a call or a message that this transaction made. */
export async function beginTimeline(
  tx: Tx,
  resource: Owned,
  now: EpochMs,
  entries: readonly NewEntry[],
): Promise<void> {
  const rows = rowsOf(resource, now, entries);
  const scope = waitingScopeOf(tx);
  if (scope) {
    scope.later(ENTRIES, rows);
    return;
  }
  for (const [index, row] of rows.entries()) await insertOne(tx, { ...row, number: index + 1 });
}

const insertOne = prepared((db, row: TimelineEntry) => db.insertInto('timeline').values(row));

/** Entries of several resources. Those of one resource are numbered on after its last one. */
const ENTRIES: LaterWrite<Unnumbered> = {
  tables: ['timeline'],
  write: (tx, rows) => {
    const text =
      'insert into "timeline" ' +
      '("number", "resource_sid", "account_sid", "root_sid", "date_created", "kind", "detail", ' +
      '"delivery_sid") ' +
      'select coalesce((select max("number") from "timeline" as "earlier" ' +
      'where "earlier"."resource_sid" = given."resource_sid"), 0) ' +
      '+ row_number() over (partition by given."resource_sid" order by given."number"), ' +
      'given."resource_sid", given."account_sid", given."root_sid", given."date_created", given."kind", ' +
      `given."detail", given."delivery_sid" from ${given('timeline')} as given`;
    return run(
      tx,
      text,
      rows.map((row, number) => ({ ...row, number })),
    );
  },
};

/** Appends events to the timeline of a call or a message, in this order. */
export async function addToTimeline(
  tx: Tx,
  resource: Owned,
  now: EpochMs,
  entries: readonly NewEntry[],
): Promise<void> {
  const rows = rowsOf(resource, now, entries);
  const [first] = rows;
  if (first === undefined) return;
  const scope = waitingScopeOf(tx);
  if (scope) {
    scope.later(ENTRIES, rows);
    return;
  }
  if (rows.length === 1) {
    await appendEntry(tx, first);
    return;
  }
  const { last } = oneRow(await selectLast(tx, { resource_sid: resource.sid }));
  await insertEntries(
    tx,
    rows.map((row, index) => ({ ...row, number: last + 1 + index })),
  );
}

/** The events of a call or a message, in order. */
export async function listTimeline(db: Db, resource: Of, limit: number): Promise<TimelineEntry[]> {
  return db
    .selectFrom('timeline')
    .selectAll()
    .where('resource_sid', '=', resource.sid)
    .where('account_sid', '=', resource.account_sid)
    .orderBy('number')
    .limit(limit)
    .execute();
}

/** The deliveries that the timeline of a call or a message names. */
export async function listDeliveriesInTimeline(db: Db, resource: Of): Promise<string[]> {
  const found = await db
    .selectFrom('timeline')
    .select('delivery_sid')
    .where('resource_sid', '=', resource.sid)
    .where('account_sid', '=', resource.account_sid)
    .where('delivery_sid', 'is not', null)
    .execute();
  return found.map(({ delivery_sid }) => delivery_sid ?? '');
}

export async function deleteTimeline(tx: Tx, resource_sid: string): Promise<void> {
  await tx.deleteFrom('timeline').where('resource_sid', '=', resource_sid).execute();
}

/** Deletes the documents and the verbs of a timeline. They hold the texts of answers. */
export async function deleteDocuments(tx: Tx, resource_sid: string): Promise<void> {
  await tx
    .deleteFrom('timeline')
    .where('resource_sid', '=', resource_sid)
    .where('kind', 'in', ['twiml', 'verb'])
    .execute();
}
