import type { Client } from 'pg';
import { ConfigError, type DataLocation } from '../../config.ts';

/** The way from this process to PostgreSQL: direct, or through a pooler such as PgBouncer. */
export interface PostgresWay {
  /**
   * Whether a pooler lies between. In its transaction mode each transaction may run on another
   * connection to the server, so no setting of a session can be relied on.
   */
  readonly is_pooled: boolean;
  /** Whether a statement that was prepared by name is there for the next transaction. */
  readonly keeps_names: boolean;
}

/** The way without a pooler. */
export const DIRECT: PostgresWay = { is_pooled: false, keeps_names: true };

/** A PostgreSQL server as a start finds it. */
export interface FoundServer {
  readonly way: PostgresWay;
  /** The reason why the server takes no writes. */
  readonly is_readonly: 'standby' | 'setting' | null;
}

type PostgresLocation = Extract<DataLocation, { readonly engine: 'postgres' }>;

/** The longest wait for a connection, and for an answer on it. */
const PATIENCE_MS = 5_000;
/** The attempts to find two clients of a pooler on one connection of the server. */
const MAX_MEETINGS = 3;

/**
 * Finds out how the server is reached, over a connection of its own.
 *
 * A pooler gives its clients process numbers of its own. A number that is not the server's therefore
 * shows a pooler. A pooler that keeps prepared statements renames them. A statement that does not
 * find its own name on the server therefore shows that names are kept.
 *
 * @throws ConfigError when the pooler takes no transactions, or does not keep the names that the
 * setting relies on
 */
export async function findServer({
  url,
  prepare = 'auto',
}: PostgresLocation): Promise<FoundServer> {
  const client = await connect(url);
  try {
    const { pid, has_own_name, is_standby, is_readonly } = await look(client);
    const is_pooled = numberOf(client) !== pid;
    const mayLoseNames = is_pooled && has_own_name;
    if (prepare === 'on' && mayLoseNames && (await meets(client, url))) {
      throw new ConfigError(NAMES_ARE_LOST);
    }
    return {
      way: { is_pooled, keeps_names: prepare === 'auto' ? !mayLoseNames : prepare === 'on' },
      is_readonly: is_standby ? 'standby' : is_readonly ? 'setting' : null,
    };
  } catch (error) {
    throw isStatementMode(error) ? new ConfigError(STATEMENT_MODE) : error;
  } finally {
    await client.end().catch(() => {});
  }
}

const STATEMENT_MODE =
  'The pooler in front of the database runs each statement alone (statement mode), and Tieline ' +
  'needs transactions: set pool_mode = transaction for this database in PgBouncer.';

const NAMES_ARE_LOST =
  'The pooler in front of the database loses prepared statements between transactions: set ' +
  'TIELINE_DATABASE_PREPARE to auto or off, or max_prepared_statements in PgBouncer 1.21 or newer.';

/** PgBouncer names the error only by its message. */
function isStatementMode(error: unknown): boolean {
  return error instanceof Error && /not allowed in statement pooling mode/.test(error.message);
}

async function connect(url: string): Promise<Client> {
  const { default: pg } = await import('pg');
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: PATIENCE_MS,
    query_timeout: PATIENCE_MS,
    application_name: 'tieline',
  });
  // Without a listener, a connection that is lost between two queries would end the process.
  client.on('error', () => {});
  await client.connect();
  return client;
}

/** The number by which the other end of a connection knows it. */
function numberOf(client: Client): number {
  return (client as unknown as { processID: number }).processID;
}

interface Seen {
  readonly pid: number;
  readonly has_own_name: boolean;
  readonly is_standby: boolean;
  readonly is_readonly: boolean;
}

/** Looks at the server from within a transaction, which no pooler spreads over connections. */
async function look(client: Client): Promise<Seen> {
  const name = `tieline_${Math.abs(numberOf(client))}`;
  await client.query('begin');
  const { rows } = await client.query<Seen>({
    name,
    text: `select pg_backend_pid() as pid,
        exists (select from pg_prepared_statements where name = $1) as has_own_name,
        pg_is_in_recovery() as is_standby,
        current_setting('transaction_read_only')::boolean as is_readonly`,
    values: [name],
  });
  const [seen] = rows;
  if (!seen) throw new Error('PostgreSQL answered without a row');
  // The connection may go to another client afterwards.
  if (seen.has_own_name) await client.query(`deallocate ${name}`);
  await client.query('commit');
  return seen;
}

/** Whether another client meets this one on the same connection of the server. */
async function meets(client: Client, url: string): Promise<boolean> {
  const other = await connect(url);
  const pidOf = async (one: Client) =>
    (await one.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]?.pid;
  try {
    for (let meeting = 0; meeting < MAX_MEETINGS; meeting += 1) {
      if ((await pidOf(client)) === (await pidOf(other))) return true;
    }
    return false;
  } finally {
    await other.end().catch(() => {});
  }
}
