import { type Kysely, PostgresAdapter, sql } from 'kysely';
import type { Client, ClientBase, types as PgTypes, Pool, QueryResult } from 'pg';
import type { Connections } from '../database.ts';
import { limitedQueries, type TimedQuery } from './limited-query.ts';
import { closeAtOnce, PipeliningDialect } from './postgres-driver.ts';
import { DIRECT, type PostgresWay } from './postgres-way.ts';

const POOL_SIZE = 10;
const CONNECT_TIMEOUT_MS = 5_000;
/** The server ends a statement after this time. */
const STATEMENT_TIMEOUT_MS = 15_000;
/** A connection that has not answered a statement after this time counts as dead. */
const ANSWER_TIMEOUT_MS = 17_000;
/** The same limit for a statement without work, such as the beginning of a transaction. */
const QUICK_ANSWER_TIMEOUT_MS = 5_000;
/**
 * The server ends a transaction whose client is silent for this time, and frees its locks. A frozen
 * process, or one whose network fails, then no longer blocks the others.
 */
const IDLE_IN_TRANSACTION_MS = 5_000;
/** A statement waits no longer than this for a lock, unless the write queue sets another time. */
const LOCK_TIMEOUT_MS = 5_000;
/**
 * TCP keepalive: the silence before the first probe, the pause between probes, and their number.
 */
const KEEPALIVE = { idle_s: 10, interval_s: 5, count: 3 };
/** The time that the system waits for the other side to acknowledge sent bytes. */
const TCP_USER_TIMEOUT_MS = 15_000;
/** The most statements that a connection keeps prepared. Further ones are sent unprepared. */
const NAMED_STATEMENTS = 500;

/** Limits of a session, set by a statement after the connection is made. */
const SESSION_SETTINGS = Object.entries({
  statement_timeout: STATEMENT_TIMEOUT_MS,
  lock_timeout: LOCK_TIMEOUT_MS,
  idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
  tcp_keepalives_idle: KEEPALIVE.idle_s,
  tcp_keepalives_interval: KEEPALIVE.interval_s,
  tcp_keepalives_count: KEEPALIVE.count,
  tcp_user_timeout: TCP_USER_TIMEOUT_MS,
})
  .map(([name, value]) => `set ${name} = ${value}`)
  .join('; ');

/**
 * The same limits for one transaction. They go with its first statement through a pooler, which
 * refuses them as start parameters, and would give the settings of a session to other clients.
 */
const TRANSACTION_SETTINGS =
  `set local statement_timeout = ${STATEMENT_TIMEOUT_MS}; ` +
  `set local lock_timeout = ${LOCK_TIMEOUT_MS}; ` +
  `set local idle_in_transaction_session_timeout = ${IDLE_IN_TRANSACTION_MS}`;

/** The limit of a statement outside of a transaction, through a pooler. */
const STATEMENT_SETTING = `select set_config('statement_timeout', '${STATEMENT_TIMEOUT_MS}', true)`;

/**
 * Lifts the limit of a statement until the transaction ends, for the server and for the answer. The
 * probes of TCP still find a server that is gone.
 */
export const WITHOUT_LIMIT = 'set local statement_timeout = 0';

const BEGINNING = /^(begin|start transaction)\b/;
const ENDING = /^(commit|rollback)$/;
/**
 * Statements that only control a transaction. A commit is not among them: it waits for the disk.
 */
const QUICK = /^(begin|start transaction|rollback|savepoint|release|set local)\b/;

/**
 * Makes a pool whose connections prepare each statement once, by name. That halves the time of a
 * point read.
 *
 * A connection that does not answer in time is closed, and all idle ones with it, because they lead
 * to the same server. Its statement fails as an outage.
 *
 * Through a pooler nothing is left to the session: each transaction sets its limits itself, and so
 * does each statement outside of a transaction.
 *
 * @param onLost called for each connection that breaks, in use or idle
 */
export async function postgresDialect(
  url: string,
  onLost: (error: Error) => void,
  { is_pooled, keeps_names }: PostgresWay = DIRECT,
): Promise<{ dialect: PipeliningDialect; connections: () => Connections }> {
  const { default: pg } = await import('pg');
  const names = new Map<string, string>();
  /** Another number after each change of the schema by a newer version. */
  let schema = 0;
  const nameOf = (text: string): string | undefined => {
    const known = names.get(text);
    if (known || !keeps_names || names.size >= NAMED_STATEMENTS) return known;
    const name = `s${schema}_${names.size}`;
    names.set(text, name);
    return name;
  };
  const idle = new Set<ClientBase>();
  const inTransaction = new WeakSet<ClientBase>();
  const withoutLimit = new WeakSet<ClientBase>();
  const limited = limitedQueries(pg.Query, STATEMENT_SETTING);

  // oxlint-disable-next-line typescript/unbound-method -- it is called with its own `this` below
  const send = pg.Client.prototype.query as (...given: unknown[]) => unknown;
  class TielineClient extends pg.Client {}
  TielineClient.prototype.query = function query(this: Client, text: unknown, ...rest: unknown[]) {
    const [values, ...callback] = rest;
    if (typeof text !== 'string') return send.call(this, text, ...rest);
    const begins = is_pooled && BEGINNING.test(text);
    if (begins) inTransaction.add(this);
    if (text === WITHOUT_LIMIT) withoutLimit.add(this);
    const config: TimedQuery = {
      text: begins ? `${text}; ${TRANSACTION_SETTINGS}` : text,
      query_timeout: withoutLimit.has(this) ? 0 : limitOf(text),
    };
    if (Array.isArray(values) && values.length > 0) {
      const name = nameOf(text);
      Object.assign(config, { values, ...(name && { name }) });
    }
    const answer =
      is_pooled && !inTransaction.has(this)
        ? answerTo((answered) => send.call(this, limited(config, answered)))
        : send.call(this, config, ...callback);
    if (ENDING.test(text)) {
      inTransaction.delete(this);
      withoutLimit.delete(this);
    }
    if (answer instanceof Promise) {
      answer.catch((error: unknown) => {
        if (isOldPlan(error)) {
          // All connections prepare their statements anew, under other names.
          schema += 1;
          names.clear();
        }
        if (!isUnanswered(error)) return;
        for (const silent of [this, ...idle]) closeAtOnce(silent, error as Error);
      });
    }
    return answer;
  } as typeof pg.Client.prototype.query;

  const types = { getTypeParser: parserOf(pg.types) };
  const pool: Pool = new pg.Pool({
    connectionString: url,
    Client: TielineClient as unknown as new () => ClientBase,
    max: POOL_SIZE,
    pipeline: true,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEPALIVE.idle_s * 1_000,
    application_name: 'tieline',
    // The pool waits for this promise before it hands the connection out.
    // oxlint-disable-next-line typescript/no-misused-promises -- the types of `pg` lag behind it
    ...(!is_pooled && { onConnect: limitSession }),
    types,
  });
  // The pool listens to idle connections only. Without this listener, losing a connection in use would
  // end the process.
  pool.on('connect', (client) => void client.on('error', onLost));
  pool.on('error', () => {});
  pool.on('acquire', (client) => void idle.delete(client));
  pool.on('release', (_error, client) => {
    idle.add(client);
    inTransaction.delete(client);
    withoutLimit.delete(client);
  });
  pool.on('remove', (client) => void idle.delete(client));
  const connections = () => {
    const { totalCount, idleCount, waitingCount } = pool;
    return { used: totalCount - idleCount, idle: idleCount, waiting: waitingCount };
  };
  return { dialect: new TielineDialect(pool), connections };
}

/** The time for the answer to a statement. */
function limitOf(text: string): number {
  return QUICK.test(text) ? QUICK_ANSWER_TIMEOUT_MS : ANSWER_TIMEOUT_MS;
}

/**
 * Sets the limits of a session. If that fails, the connection is closed at once: the pool would say
 * goodbye to the server, and wait without end for one that does not answer.
 */
async function limitSession(client: ClientBase): Promise<void> {
  try {
    await client.query(SESSION_SETTINGS);
  } catch (error) {
    closeAtOnce(client, error as Error);
    throw error;
  }
}

/** The answer to a statement whose sender takes a callback. */
function answerTo(
  ask: (answered: (error: Error | undefined, result: QueryResult) => void) => void,
): Promise<QueryResult> {
  return new Promise((resolve, reject) => {
    ask((error, result) => (error ? reject(error) : resolve(result)));
  });
}

class TielineDialect extends PipeliningDialect {
  override createAdapter(): PostgresAdapter {
    return new TielineAdapter();
  }
}

/** The number of the lock for migrations. Kysely uses it too, in sessions. */
const MIGRATION_LOCK = '3853314791062309107';

/**
 * Keeps the lock for migrations until their transaction ends. A pooler gives the lock of a session
 * to another client, and nothing then releases it.
 */
class TielineAdapter extends PostgresAdapter {
  override async acquireMigrationLock(db: Kysely<unknown>): Promise<void> {
    await sql.raw(`select pg_advisory_xact_lock(${MIGRATION_LOCK})`).execute(db);
  }

  override async releaseMigrationLock(): Promise<void> {}
}

/** `pg` names the error only by its message. */
function isUnanswered(error: unknown): boolean {
  return error instanceof Error && error.message === 'Query read timeout';
}

const INT8 = 20;

/** Reads 64-bit integers as numbers. An integer that a number cannot hold exactly is an error. */
function parserOf(types: typeof PgTypes): typeof types.getTypeParser {
  const readInt8 = (text: string): number => {
    const value = Number(text);
    if (!Number.isSafeInteger(value)) throw new RangeError(`${text} is past the safe integers`);
    return value;
  };
  return ((oid: number, format?: 'text') =>
    oid === INT8 ? readInt8 : types.getTypeParser(oid, format)) as typeof types.getTypeParser;
}

/** Whether a statement was prepared before the schema changed. It has not run. */
function isOldPlan(error: unknown): boolean {
  const isRefused = sqlState(error) === '0A000';
  return isRefused && /cached plan must not change result type/.test((error as Error).message);
}

function sqlState(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
}

/** Whether a row would exist twice, or would refer to a row that does not exist. */
export function isPostgresConflict(error: unknown): boolean {
  return ['23503', '23505'].includes(sqlState(error));
}

/**
 * Serialization failures, deadlocks, and statements that were prepared before the schema changed.
 * The same transaction is likely to succeed when it runs again.
 */
export function isPostgresRetryable(error: unknown): boolean {
  return ['40001', '40P01'].includes(sqlState(error)) || isOldPlan(error);
}

/** `cannot_connect_now`: the server starts up, recovers or shuts down. */
export function isPostgresStartingUp(error: unknown): boolean {
  return sqlState(error) === '57P03';
}

/** Whether a statement waited too long for a lock of another transaction. */
export function isPostgresLockTimeout(error: unknown): boolean {
  return sqlState(error) === '55P03';
}

/**
 * Whether the server failed through no fault of the statement: no connection (08), an idle
 * transaction that it ended (25P03), a refused login (28), no such database (3D), missing resources
 * (53), a database closed to connections (55000), an operator or a time limit (57), an error of its
 * system (58), a server that became a standby (25006), a statement that was prepared before the schema
 * changed, or a failed socket.
 */
export function isPostgresOutage(error: unknown): boolean {
  if (isOldPlan(error)) return true;
  if (/^(08|25006|25P03|28|3D|53|55000|57|58)/.test(sqlState(error))) return true;
  if (/^(ECONN|EPIPE|ENOTFOUND|EAI_|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)/.test(sqlState(error))) {
    return true;
  }
  const message = error instanceof Error ? error.message : '';
  return /Connection terminated|Query read timeout|timeout expired|timeout exceeded when trying to connect|connection error and is not queryable/i.test(
    message,
  );
}
