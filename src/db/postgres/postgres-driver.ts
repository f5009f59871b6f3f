import type { Socket } from 'node:net';
import {
  AbortedTransactionError,
  CompiledQuery,
  type DatabaseConnection,
  type Driver,
  PostgresDialect,
  type QueryResult,
  type TransactionSettings,
} from 'kysely';
import type { ClientBase, Pool, PoolClient } from 'pg';
import type { DeedScope, ScopeConnection } from '../deed-scope.ts';
import { statementOf } from '../statement.ts';
import { cancelQuery } from './cancel-query.ts';

/** The commands whose results have a number of affected rows. */
const CHANGES: ReadonlySet<string> = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE']);

interface Result {
  readonly command: string;
  readonly rowCount: number | null;
  readonly rows: unknown[];
}

/** The code of a warning that has no code of its own. */
const WARNING = '01000';

/**
 * A synchronous standby did not confirm a commit before the time limit or a cancel. The server then
 * warns and reports success, but the next primary may lack the change.
 */
class UnreplicatedError extends Error {
  readonly code = 'ETIMEDOUT';
  constructor() {
    super('No synchronous standby confirmed the commit.');
  }
}

/**
 * A connection of Kysely over one of `pg` that sends statements without waiting for the answers to
 * the ones before ("pipeline mode" of PostgreSQL's protocol). The server runs them in order.
 */
export class PostgresConnection implements DatabaseConnection, ScopeConnection {
  scope: DeedScope | null = null;
  readonly #client: PoolClient;
  /** The answer to `begin`, while nobody has waited for it. */
  #beginning: Promise<unknown> | null = null;
  /** Whether the pool must close the connection. */
  #isBroken = false;

  constructor(client: PoolClient) {
    this.#client = client;
  }

  /**
   * Begins a transaction, in the round trip of its first statement. A statement that locks or
   * changes something waits for the answer, because without a transaction it would commit alone. So
   * does a read while rows wait, because they may go ahead of it.
   */
  begin(text: string): void {
    const beginning = this.#client.query(text);
    beginning.catch(() => {});
    this.#beginning = beginning;
  }

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    const { command, rowCount, rows } = await this.#query(sql, parameters);
    return {
      ...(CHANGES.has(command) && { numAffectedRows: BigInt(rowCount ?? 0) }),
      rows: (rows ?? []) as R[],
    };
  }

  async run(sql: string, parameters: readonly unknown[]): Promise<unknown[]> {
    return (await this.#query(sql, parameters)).rows;
  }

  /**
   * Runs queries that are canceled when the signal is given. They fail with its reason then. The
   * connection can go on.
   */
  async until<T>(signal: AbortSignal, run: () => Promise<T>): Promise<T> {
    let canceling: Promise<void> | undefined;
    const cancel = () => {
      canceling = cancelQuery(this.#client);
    };
    signal.addEventListener('abort', cancel, { once: true });
    try {
      return await run();
    } catch (error) {
      throw signal.aborted ? signal.reason : error;
    } finally {
      signal.removeEventListener('abort', cancel);
      await canceling;
    }
  }

  /** Runs a function, and then writes all that it sent to the socket at once. */
  inOneWrite<T>(send: () => T): T {
    const stream = streamOf(this.#client);
    stream?.cork();
    try {
      return send();
    } finally {
      stream?.uncork();
    }
  }

  async send(texts: readonly string[]): Promise<void> {
    await this.#query(texts.join('; '), []);
  }

  async #query(sql: string, parameters: readonly unknown[]): Promise<Result> {
    const { scope } = this;
    if (this.#beginning && (scope?.hasRows === true || statementOf(sql).effect !== 'read')) {
      await this.#beginning;
      this.#beginning = null;
    }
    scope?.before(sql);
    try {
      return await this.#client.query(sql, parameters as unknown[]);
    } catch (error) {
      // An error that the server did not report leaves the state of the connection unknown.
      if (!isReported(error) || isFatal(error)) this.#isBroken = true;
      scope?.failed(error);
      throw error;
    }
  }

  /** @throws AbortedTransactionError when an earlier error has made the server undo everything */
  async commit(): Promise<void> {
    let isConfirmed = true;
    const hear = ({ code }: { readonly code?: string | undefined }) => {
      if (code === WARNING) isConfirmed = false;
    };
    this.#client.on('notice', hear);
    try {
      const { command } = await this.#query('commit', []);
      if (command === 'ROLLBACK') throw new AbortedTransactionError();
      if (!isConfirmed) throw new UnreplicatedError();
    } finally {
      this.#client.off('notice', hear);
    }
  }

  async rollback(): Promise<void> {
    try {
      await this.#query('rollback', []);
    } catch (error) {
      this.#isBroken = true;
      throw error;
    }
  }

  release(): void {
    this.#beginning = null;
    this.#client.release(this.#isBroken);
    // The pool says goodbye to the server, which may never close the connection by itself.
    if (this.#isBroken) closeAtOnce(this.#client);
  }

  streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('Rows are not streamed from PostgreSQL; read them in pages.');
  }
}

/** Whether the server itself reported the error. Only then can the connection go on. */
function isReported(error: unknown): boolean {
  return error instanceof Error && 'severity' in error;
}

/** Whether the server ends the connection with this error. */
function isFatal(error: unknown): boolean {
  const { severity } = error as { readonly severity?: unknown };
  return severity === 'FATAL' || severity === 'PANIC';
}

/** Closes a connection without waiting for the server. */
export function closeAtOnce(client: ClientBase, error?: Error): void {
  streamOf(client)?.destroy(error);
}

function streamOf(client: ClientBase): Socket | undefined {
  return (client as unknown as { connection?: { stream?: Socket } }).connection?.stream;
}

class PostgresDriver implements Driver {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<PostgresConnection> {
    return new PostgresConnection(await this.#pool.connect());
  }

  async beginTransaction(
    connection: PostgresConnection,
    { isolationLevel, accessMode }: TransactionSettings,
  ): Promise<void> {
    const modes = [isolationLevel && `isolation level ${isolationLevel}`, accessMode];
    if (modes.some((mode) => mode)) {
      await connection.executeQuery(
        CompiledQuery.raw(['start transaction', ...modes.filter((mode) => mode)].join(' ')),
      );
    } else connection.begin('begin');
  }

  commitTransaction(connection: PostgresConnection): Promise<void> {
    return connection.commit();
  }

  rollbackTransaction(connection: PostgresConnection): Promise<void> {
    return connection.rollback();
  }

  async releaseConnection(connection: PostgresConnection): Promise<void> {
    connection.release();
  }

  async destroy(): Promise<void> {
    await this.#pool.end();
  }
}

/** Kysely's dialect of PostgreSQL over connections that pipeline. */
export class PipeliningDialect extends PostgresDialect {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    super({ pool });
    this.#pool = pool;
  }

  override createDriver(): Driver {
    return new PostgresDriver(this.#pool);
  }
}
