import { type Kysely, PostgresAdapter, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Tables whose rows name their account. */
const BY_ACCOUNT = [
  'auth_tokens',
  'api_keys',
  'connect_apps',
  'grants',
  'connection_policies',
  'connection_policy_targets',
  'byoc_trunks',
  'memberships',
  'deliveries',
  'balance_credits',
  'usage_trigger_fires',
  'idempotency_keys',
  'incoming_phone_numbers',
  'messaging_services',
  'messages',
  'message_media',
  'message_feedback',
  'message_opt_outs',
  'calls',
  'call_sip_passwords',
  'timeline',
  'recordings',
  'transcriptions',
  'carrier_tasks',
  'twiml_cookies',
  'test_credentials',
  'audit_events',
  'audit_chains',
];

/** Tables whose rows have the main account of another row, with the column that names that row. */
const BY_PARENT: Readonly<Record<string, readonly [parent: string, column: string]>> = {
  interactions: ['connect_apps', 'connect_app_sid'],
  connect_app_logos: ['connect_apps', 'connect_app_sid'],
  grant_uses: ['grants', 'grant_sid'],
  delivery_attempts: ['deliveries', 'delivery_sid'],
};

/** Tables that are written with `on conflict`, which names all columns of a key on both engines. */
const REBUILT_ON_SQLITE: Readonly<Record<string, readonly string[]>> = {
  usage_trigger_fires: ['trigger_sid', 'window'],
  idempotency_keys: ['account_sid', 'caller_sid', 'key'],
  message_feedback: ['message_sid'],
  carrier_tasks: ['sid'],
  twiml_cookies: ['account_sid', 'conversation', 'url_by_grant'],
  connect_app_logos: ['connect_app_sid'],
  grant_uses: ['grant_sid'],
};

const FILLED = [...BY_ACCOUNT, ...Object.keys(BY_PARENT)];

/**
 * Each row of a main account and its subaccounts names the main account, as `root_sid`. On
 * PostgreSQL the primary, unique and foreign keys of these tables have it as their last column. A
 * database that spreads accounts over several servers needs that; SQLite is never spread.
 */
export const mainAccountInKeys: Migration = {
  async up(db: Kysely<unknown>) {
    if (db.getExecutor().adapter instanceof PostgresAdapter) await changePostgres(db);
    else await changeSqlite(db);
  },
};

/** An expression for the main account of a row. The rows of the platform have no account. */
function rootOf(table: string): string {
  const [parent, column] = BY_PARENT[table] ?? [];
  if (parent !== undefined) {
    return `(select root_sid from "${parent}" as parent where parent.sid = "${table}"."${column}")`;
  }
  const root = `select owner_account_sid from accounts where sid = "${table}".account_sid`;
  return `coalesce((${root}), "${table}".account_sid)`;
}

async function changeSqlite(db: Kysely<unknown>): Promise<void> {
  for (const table of FILLED) {
    const key = REBUILT_ON_SQLITE[table];
    if (key) await rebuild(db, table, key);
    else {
      await run(db, `alter table "${table}" add column "root_sid" text not null default ''`);
      await run(db, `update "${table}" set root_sid = ${rootOf(table)}`);
    }
  }
}

/** Makes a table anew with `root_sid` in its primary key. No other table refers to it. */
async function rebuild(db: Kysely<unknown>, table: string, key: readonly string[]): Promise<void> {
  const { rows: columns } = await sql<{ name: string; type: string; notnull: number }>`
    select name, type, "notnull" from pragma_table_info(${table})`.execute(db);
  const { rows: parents } = await sql<{ from: string; table: string; to: string }>`
    select "from", "table", "to" from pragma_foreign_key_list(${table})`.execute(db);
  const { rows: indexes } = await sql<{ sql: string }>`
    select sql from sqlite_master
    where type = 'index' and tbl_name = ${table} and sql is not null`.execute(db);
  const lines = [
    ...columns.map(({ name, type, notnull }) => {
      const parent = parents.find(({ from }) => from === name);
      const isSet = notnull === 1 || key.includes(name);
      const reference = parent ? ` references "${parent.table}" ("${parent.to}")` : '';
      return `"${name}" ${type.toLowerCase()}${isSet ? ' not null' : ''}${reference}`;
    }),
    '"root_sid" text not null',
    `constraint "${table}_key" primary key (${[...key, 'root_sid'].map(quoted).join(', ')})`,
  ];
  await run(db, `create table "${table}_new" (${lines.join(', ')})`);
  await run(db, `insert into "${table}_new" select *, ${rootOf(table)} from "${table}"`);
  await run(db, `drop table "${table}"`);
  await run(db, `alter table "${table}_new" rename to "${table}"`);
  for (const index of indexes) await run(db, index.sql);
}

/** Foreign keys from one main account to another, or to a person. They stay as they are. */
const CROSSING = new Set([
  'grants.connect_app_sid',
  'deliveries.signing_account_sid',
  'memberships.person_sid',
  'one_time_links.account_sid',
]);

/** Tables that such keys refer to, by the SID alone. */
const REFERRED_TO = ['accounts', 'connect_apps'];

/** A key of PostgreSQL. Its columns are quoted and divided by commas. */
interface Key {
  readonly table: string;
  readonly name: string;
  readonly type: 'p' | 'u' | 'f';
  readonly columns: string;
  readonly parent: string | null;
}

async function changePostgres(db: Kysely<unknown>): Promise<void> {
  for (const table of FILLED) {
    await run(db, `alter table "${table}" add column root_sid text`);
    await run(db, `update "${table}" set root_sid = ${rootOf(table)}`);
  }
  const keys = await readKeys(db);
  const isTenants = new Set([...FILLED, 'accounts', 'usage_triggers']);
  const rootIn = (table: string) => (table === 'accounts' ? 'owner_account_sid' : 'root_sid');
  const foreign = keys.filter(({ parent }) => parent !== null && isTenants.has(parent));
  for (const { table, name } of foreign) {
    await run(db, `alter table "${table}" drop constraint "${name}"`);
  }
  for (const { table, name, type, columns } of keys) {
    if (type === 'f' || !isTenants.has(table)) continue;
    const kind = type === 'p' ? 'primary key' : 'unique';
    const anew = `add constraint "${name}" ${kind} (${columns}, ${rootIn(table)})`;
    await run(db, `alter table "${table}" drop constraint "${name}", ${anew}`);
  }
  await run(db, 'drop index audit_events_by_number');
  await run(
    db,
    'create unique index audit_events_by_number on audit_events (account_sid, number, root_sid)',
  );
  for (const table of REFERRED_TO) {
    await run(db, `alter table "${table}" add constraint ${table}_sid_key unique (sid)`);
  }
  for (const { table, name, columns, parent } of foreign) {
    const key = CROSSING.has(`${table}.${columns}`)
      ? `(${columns}) references "${parent}" (sid)`
      : `(${columns}, root_sid) references "${parent}" (sid, ${rootIn(parent ?? '')})`;
    await run(db, `alter table "${table}" add constraint "${name}" foreign key ${key}`);
  }
}

async function readKeys(db: Kysely<unknown>): Promise<Key[]> {
  const { rows } = await sql<Key>`
    select child.relname as "table", con.conname as name, con.contype as type,
      parent.relname as parent, (
        select string_agg(quote_ident(attname), ', ' order by place)
        from unnest(con.conkey) with ordinality as part (number, place)
        join pg_attribute on attrelid = con.conrelid and attnum = part.number
      ) as columns
    from pg_constraint as con
    join pg_class as child on child.oid = con.conrelid
    left join pg_class as parent on parent.oid = con.confrelid
    where con.connamespace = current_schema()::regnamespace and con.contype in ('p', 'u', 'f')
    order by 1, 2`.execute(db);
  return rows;
}

async function run(db: Kysely<unknown>, text: string): Promise<void> {
  await sql.raw(text).execute(db);
}

function quoted(name: string): string {
  return `"${name}"`;
}
