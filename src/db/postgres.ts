import { PostgresDialect } from 'kysely';
import type { Client, ClientBase, types as PgTypes, Pool, QueryConfig } from 'pg';

const POOL_SIZE = 10;
const CONNECT_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 15_000;
/** Statements that a connection keeps prepared; past it, further ones are sent unprepared. */
const NAMED_STATEMENTS = 500;

/**
 * A pool whose connections prepare each statement once, by name: half the time of a point read.
 * `onIdleError` hears of connections that break while nobody uses them.
 */
export async function postgresDialect(
  url: string,
  onIdleError: (error: Error) => void,
): Promise<PostgresDialect> {
  const { default: pg } = await import('pg');
  const names = new Map<string, string>();
  const nameOf = (text: string): string | undefined => {
    const known = names.get(text);
    if (known || names.size >= NAMED_STATEMENTS) return known;
    const name = `s${names.size}`;
    names.set(text, name);
    return name;
  };

  // oxlint-disable-next-line typescript/unbound-method -- it is called with its own `this` below
  const send = pg.Client.prototype.query as (...given: unknown[]) => unknown;
  class NamingClient extends pg.Client {}
  NamingClient.prototype.query = function query(this: Client, text: unknown, ...rest: unknown[]) {
    const [values, ...callback] = rest;
    if (typeof text !== 'string' || !Array.isArray(values) || values.length === 0) {
      return send.call(this, text, ...rest);
    }
    const name = nameOf(text);
    const named: QueryConfig = { text, values, ...(name && { name }) };
    return send.call(this, named, ...callback);
  } as typeof pg.Client.prototype.query;

  const types = { getTypeParser: parserOf(pg.types) };
  const pool: Pool = new pg.Pool({
    connectionString: url,
    Client: NamingClient as unknown as new () => ClientBase,
    max: POOL_SIZE,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    application_name: 'tieline',
    types,
  });
  pool.on('error', onIdleError);
  return new PostgresDialect({ pool });
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

/**
 * Whether the server could not do it now: no connection (08), no entry (28), no such database
 * (3D), resources (53), a database closed to connections (55000), an operator's or a time
 * limit's intervention (57), an error of its system (58), or a socket that failed.
 */
export function isPostgresOutage(error: unknown): boolean {
  if (/^(08|28|3D|53|55000|57|58)/.test(sqlState(error))) return true;
  if (/^(ECONN|EPIPE|ENOTFOUND|EAI_|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)/.test(sqlState(error))) {
    return true;
  }
  const message = error instanceof Error ? error.message : '';
  return /Connection terminated|timeout exceeded when trying to connect|connection error and is not queryable/i.test(
    message,
  );
}
