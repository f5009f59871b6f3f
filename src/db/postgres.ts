import type { Socket } from 'node:net';
import { PostgresDialect } from 'kysely';
import type { Client, ClientBase, types as PgTypes, Pool, QueryConfig } from 'pg';
import type { Connections } from './database.ts';

const POOL_SIZE = 10;
const CONNECT_TIMEOUT_MS = 5_000;
/** The server ends a statement after this time. */
const STATEMENT_TIMEOUT_MS = 15_000;
/** A connection that has not answered a statement by then is taken for dead. */
const ANSWER_TIMEOUT_MS = 17_000;
/** The same for a statement that asks for no work, such as the beginning of a transaction. */
const QUICK_ANSWER_TIMEOUT_MS = 5_000;
/**
 * The server ends a transaction whose client says nothing for so long. Its locks are then free, so
 * that a process that was frozen, or whose network went silent, blocks the others no longer.
 */
const IDLE_IN_TRANSACTION_MS = 5_000;
/** A statement waits no longer than this for a lock, unless the write queue sets another time. */
const LOCK_TIMEOUT_MS = 5_000;
/** A connection is asked whether it lives after so many seconds of silence, so often, so many times. */
const KEEPALIVE = { idle_s: 10, interval_s: 5, count: 3 };
/** How long the system waits for the other side to acknowledge what was sent. */
const TCP_USER_TIMEOUT_MS = 15_000;
/** Statements that a connection keeps prepared; past it, further ones are sent unprepared. */
const NAMED_STATEMENTS = 500;

/**
 * Limits of a session. They are set by a statement after the connection is made: a pooler such as
 * PgBouncer refuses them as parameters of the connection's start.
 */
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
 * The limits that keep one process from blocking the others are set again in each transaction: a
 * pooler may run it on a connection that has not seen the settings of the session.
 */
const BEGIN =
  `begin; set local statement_timeout = ${STATEMENT_TIMEOUT_MS}; ` +
  `set local lock_timeout = ${LOCK_TIMEOUT_MS}; ` +
  `set local idle_in_transaction_session_timeout = ${IDLE_IN_TRANSACTION_MS}`;

/** Statements that only direct a transaction. A commit is none: it waits for the disk. */
const QUICK = /^(begin|rollback|savepoint|release|set local)\b/;

/**
 * A pool whose connections prepare each statement once, by name: half the time of a point read.
 *
 * A connection that does not answer in time is closed, and so are all that are idle then: they go
 * to the same server. What was asked of it fails as an outage does.
 *
 * @param onLost hears of connections that break, whether somebody uses them or not
 */
export async function postgresDialect(
  url: string,
  onLost: (error: Error) => void,
): Promise<{ dialect: PostgresDialect; connections: () => Connections }> {
  const { default: pg } = await import('pg');
  const names = new Map<string, string>();
  const nameOf = (text: string): string | undefined => {
    const known = names.get(text);
    if (known || names.size >= NAMED_STATEMENTS) return known;
    const name = `s${names.size}`;
    names.set(text, name);
    return name;
  };
  const idle = new Set<ClientBase>();

  // oxlint-disable-next-line typescript/unbound-method -- it is called with its own `this` below
  const send = pg.Client.prototype.query as (...given: unknown[]) => unknown;
  class TielineClient extends pg.Client {}
  TielineClient.prototype.query = function query(this: Client, text: unknown, ...rest: unknown[]) {
    const [values, ...callback] = rest;
    if (typeof text !== 'string') return send.call(this, text, ...rest);
    const config: TimedQuery = {
      text: text === 'begin' ? BEGIN : text,
      query_timeout: QUICK.test(text) ? QUICK_ANSWER_TIMEOUT_MS : ANSWER_TIMEOUT_MS,
    };
    if (Array.isArray(values) && values.length > 0) {
      const name = nameOf(text);
      Object.assign(config, { values, ...(name && { name }) });
    }
    const answer = send.call(this, config, ...callback);
    if (answer instanceof Promise) {
      answer.catch((error: unknown) => {
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
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEPALIVE.idle_s * 1_000,
    application_name: 'tieline',
    // Whoever asked for the connection waits for it.
    // oxlint-disable-next-line typescript/no-misused-promises -- the types of `pg` lag behind it
    onConnect: (client) => client.query(SESSION_SETTINGS),
    types,
  });
  // The pool listens to a connection only while it is idle; without a listener of its own, the loss
  // of one that is in use would end the process.
  pool.on('connect', (client) => void client.on('error', onLost));
  pool.on('error', () => {});
  pool.on('acquire', (client) => void idle.delete(client));
  pool.on('release', (_error, client) => void idle.add(client));
  pool.on('remove', (client) => void idle.delete(client));
  const connections = () => {
    const { totalCount, idleCount, waitingCount } = pool;
    return { used: totalCount - idleCount, idle: idleCount, waiting: waitingCount };
  };
  return { dialect: new PostgresDialect({ pool }), connections };
}

interface TimedQuery extends QueryConfig {
  query_timeout: number;
}

/** `pg` names the error only by its message. */
function isUnanswered(error: unknown): boolean {
  return error instanceof Error && error.message === 'Query read timeout';
}

/** Closes a connection without a word to the other side, which does not listen. */
function closeAtOnce(client: ClientBase, error: Error): void {
  const { connection } = client as unknown as { connection?: { stream?: Socket } };
  connection?.stream?.destroy(error);
}

const INT8 = 20;

/** 64-bit integers are read as numbers; one that a number cannot hold is an error, not a guess. */
function parserOf(types: typeof PgTypes): typeof types.getTypeParser {
  const readInt8 = (text: string): number => {
    const value = Number(text);
    if (!Number.isSafeInteger(value)) throw new RangeError(`${text} is past the safe integers`);
    return value;
  };
  return ((oid: number, format?: 'text') =>
    oid === INT8 ? readInt8 : types.getTypeParser(oid, format)) as typeof types.getTypeParser;
}

function sqlState(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
}

/** A row that is there twice, or one that refers to a row that is not there. */
export function isPostgresConflict(error: unknown): boolean {
  return ['23503', '23505'].includes(sqlState(error));
}

/** Serialization failures and deadlocks: the same transaction, run again, may well succeed. */
export function isPostgresRetryable(error: unknown): boolean {
  return ['40001', '40P01'].includes(sqlState(error));
}

/** `cannot_connect_now`: the server starts up, recovers or shuts down. */
export function isPostgresStartingUp(error: unknown): boolean {
  return sqlState(error) === '57P03';
}

/** Another transaction holds what a statement needs, and did not let it go in time. */
export function isPostgresLockTimeout(error: unknown): boolean {
  return sqlState(error) === '55P03';
}

/**
 * Whether the server could not do it now: no connection (08), a transaction that it ended because
 * nothing came (25P03), no entry (28), no such database (3D), resources (53), a database closed to connections (55000), an operator's or a time
 * limit's intervention (57), an error of its system (58), or a socket that failed.
 */
export function isPostgresOutage(error: unknown): boolean {
  if (/^(08|25P03|28|3D|53|55000|57|58)/.test(sqlState(error))) return true;
  if (/^(ECONN|EPIPE|ENOTFOUND|EAI_|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)/.test(sqlState(error))) {
    return true;
  }
  const message = error instanceof Error ? error.message : '';
  return /Connection terminated|Query read timeout|timeout exceeded when trying to connect|connection error and is not queryable/i.test(
    message,
  );
}
