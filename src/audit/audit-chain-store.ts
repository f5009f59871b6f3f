import { type SqlBool, sql } from 'kysely';
import type { Db, Engine, Tx } from '../db/database.ts';
import { oneRow } from '../db/keyset.ts';
import { prepared } from '../db/prepared.ts';
import { type AuditChain, type ChainedEvent, chain } from './audit-chain.ts';
import type { NewAuditEvent } from './audit-event.ts';

/** Appends events to the logs of their accounts, with their numbers and hashes. */
export const APPEND: Readonly<
  Record<Engine, (tx: Tx, events: readonly NewAuditEvent[]) => Promise<void>>
> = {
  async sqlite(tx, events) {
    const heads = new Map<string, AuditChain>();
    for (const sid of accountsOf(events)) heads.set(sid, await openHead(tx, sid));
    const placed = chain(events, heads);
    for (const event of placed.events) await insertEvent(tx, { ...event });
    for (const { account_sid, number, hash } of placed.heads) {
      await updateHead(tx, { account_sid, number, hash });
    }
  },

  async postgres(tx, events) {
    const sids = `{${accountsOf(events)
      .map((sid) => JSON.stringify(sid))
      .join()}}`;
    // A new chain gets its row before it is locked, so that two processes cannot begin it twice.
    let found = await lockHeads(tx, { sids });
    if (found.length < accountsOf(events).length) {
      await beginChains(tx, { sids });
      found = await lockHeads(tx, { sids });
    }
    const placed = chain(events, new Map(found.map((head) => [head.account_sid, head])));
    await insertEvents(tx, { rows: JSON.stringify(placed.events) });
    await updateHeads(tx, { rows: JSON.stringify(placed.heads) });
  },
};

function accountsOf(events: readonly NewAuditEvent[]): string[] {
  return [...new Set(events.map(({ account_sid }) => account_sid))].toSorted();
}

const selectHead = prepared((db, { sid }: { sid: string }) =>
  db.selectFrom('audit_chains').selectAll().where('account_sid', '=', sid),
);

const insertEvent = prepared((db, row: Record<keyof ChainedEvent, string | number | null>) =>
  db.insertInto('audit_events').values(row as unknown as ChainedEvent),
);

const updateHead = prepared(
  (db, { account_sid, ...head }: Pick<AuditChain, 'account_sid' | 'number' | 'hash'>) =>
    db.updateTable('audit_chains').set(head).where('account_sid', '=', account_sid),
);

/** The head of an account's chain on SQLite. A new chain begins here. */
async function openHead(tx: Tx, sid: string): Promise<AuditChain> {
  const [found] = await selectHead(tx, { sid });
  if (found) return found;
  await beginChain(tx, { sid });
  return oneRow(await selectHead(tx, { sid }));
}

/** Events of the platform have no account, so they have no main account either. */
const beginChain = prepared((db, { sid }: { sid: string }) =>
  compilable(
    sql`insert into audit_chains (account_sid, root_sid, first, number, hash) values
    (${sid}, coalesce((select owner_account_sid from accounts where sid = ${sid}), ${sid}),
    1, 0, '')`,
    db,
  ),
);

/** Locks the heads in the same order in all processes, so that no two wait for each other. */
const lockHeads = prepared((db, { sids }: { sids: string }) =>
  db
    .selectFrom('audit_chains')
    .selectAll()
    .where(sql<SqlBool>`account_sid = any(cast(${sids} as text[]))`)
    .orderBy('account_sid')
    .forNoKeyUpdate(),
);

const beginChains = prepared((_db, { sids }: { sids: string }) =>
  compilable(
    sql`insert into audit_chains (account_sid, root_sid, first, number, hash)
    select given, coalesce(owner_account_sid, given), 1, 0, ''
    from unnest(cast(${sids} as text[])) as given left join accounts on accounts.sid = given
    order by given
    on conflict (account_sid, root_sid) do nothing`,
    _db,
  ),
);

const insertEvents = prepared((db, { rows }: { rows: string }) =>
  compilable(
    sql`insert into audit_events
    select * from json_populate_recordset(null::audit_events, cast(${rows} as json))`,
    db,
  ),
);

const updateHeads = prepared((db, { rows }: { rows: string }) =>
  compilable(
    sql`update audit_chains set number = given.number, hash = given.hash
    from json_populate_recordset(null::audit_chains, cast(${rows} as json)) as given
    where audit_chains.account_sid = given.account_sid`,
    db,
  ),
);

/** Plain SQL as an object that `prepared` can compile. */
function compilable(statement: ReturnType<typeof sql>, db: Db) {
  return { compile: () => statement.compile(db) };
}

/** Some of the chains, by account. */
export async function listChains(
  db: Db,
  after: string | null,
  limit: number,
): Promise<AuditChain[]> {
  let query = db.selectFrom('audit_chains').selectAll().orderBy('account_sid').limit(limit);
  if (after !== null) query = query.where('account_sid', '>', after);
  return query.execute();
}

/** Some of the events of a chain, by number. */
export function listChained(
  db: Db,
  { account_sid, number: last }: Pick<AuditChain, 'account_sid' | 'number'>,
  after: number,
  limit: number,
): Promise<ChainedEvent[]> {
  return db
    .selectFrom('audit_events')
    .selectAll()
    .where('account_sid', '=', account_sid)
    .where('number', '>', after)
    .where('number', '<=', last)
    .orderBy('number')
    .limit(limit)
    .execute();
}

/** Accounts with events but without a chain. */
export async function listUnchained(db: Db, limit: number): Promise<string[]> {
  const rows = await db
    .selectFrom('audit_events as event')
    .leftJoin('audit_chains as chain', 'chain.account_sid', 'event.account_sid')
    .select('event.account_sid')
    .where('chain.account_sid', 'is', null)
    .distinct()
    .limit(limit)
    .execute();
  return rows.map(({ account_sid }) => account_sid);
}
