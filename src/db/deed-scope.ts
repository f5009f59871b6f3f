import type { Kysely } from 'kysely';
import type { Tx } from './database.ts';
import { changes, type LaterWrite, statementOf } from './statement.ts';
import type { Tables } from './tables/tables.ts';

/** The rows that wait for one kind of write. */
interface Waiting {
  /** Rows of deeds that are done. */
  readonly done: unknown[];
  /** Rows of the running deed. */
  readonly own: unknown[];
}

/** Rows that a statement has read. */
interface Read {
  readonly sql: string;
  readonly rows: unknown[];
  /** Kinds of rows whose waiting does not matter, because the reader adds them itself. */
  readonly despite: readonly LaterWrite<never>[];
}

/** The connection of a transaction. */
export interface ScopeConnection {
  scope: DeedScope | null;
  /** Sends statements without parameters, all of them together. */
  send(texts: readonly string[]): Promise<void>;
  /** Runs a query, in the shortest way that the engine has. */
  run(sql: string, parameters: readonly unknown[]): Promise<unknown[]>;
}

const SCOPES = new WeakMap<object, DeedScope>();

/** The scope of a transaction of deeds. Reads outside of one, and other transactions, have none. */
export function scopeOf(db: Kysely<Tables>): DeedScope | undefined {
  return SCOPES.get(db);
}

/**
 * The things that the deeds of one transaction share: rows that are read once, rows that are written
 * together at the end, and the savepoint of the running deed. It exists from the beginning of a
 * transaction until its end.
 *
 * The connection calls `before` ahead of each statement. Rows that wait to be written are written
 * before a statement names their table, so every deed sees the changes of the deeds before it. A
 * savepoint is made only before the first change or lock of a deed, and in the same round trip.
 */
export class DeedScope {
  readonly #tx: Tx;
  readonly #connection: ScopeConnection;
  readonly #waiting = new Map<LaterWrite<never>, Waiting>();
  /** Rows that were read, by the text of their query and its parameters. */
  readonly #read = new Map<string, Read>();
  /** Values that hold as long as the transaction keeps its locks. */
  readonly #kept = new Map<symbol, readonly [value: unknown, tables: readonly string[]]>();
  /** Kinds whose rows may wait while the next statement reads. */
  #despite: readonly LaterWrite<never>[] = [];
  /** Counts the locks and changes of all deeds. Only this class sets it. */
  changed = 0;
  #undo: (() => void)[] = [];
  /** Statements under way whose results nobody waits for. */
  #underWay: Promise<unknown>[] = [];
  #failure: { readonly error: unknown } | null = null;
  /** Statements ahead of the deed's first lock or change. */
  #ahead: readonly string[] = [];
  /** Whether they make a savepoint. */
  #savesAtTouch = false;
  #hasSavepoint = false;
  /** Whether the deed has locked or changed something. */
  #hasTouched = false;
  #hasWrittenForOthers = false;
  #isWriting = false;

  /** Whether a later deed of this transaction has the same lane. */
  hasMore = false;
  /** Runs the reads of functions that run at the same time. */
  together: Pick<ScopeConnection, 'run'> | null = null;

  constructor(tx: Tx, connection: ScopeConnection) {
    this.#tx = tx;
    this.#connection = connection;
    SCOPES.set(tx, this);
    connection.scope = this;
  }

  /** Ends the scope. The connection then works as without one. */
  end(): void {
    SCOPES.delete(this.#tx);
    this.#connection.scope = null;
  }

  /** Begins a deed. @param ahead statements before its first lock or change, as a savepoint */
  begin(ahead: readonly string[], { savepoint }: { readonly savepoint: string | null }): void {
    this.#ahead = savepoint === null ? ahead : [...ahead, savepoint];
    this.#hasSavepoint = false;
    this.#hasTouched = false;
    this.#hasWrittenForOthers = false;
    this.#undo = [];
    this.#savesAtTouch = savepoint !== null;
  }

  /** Whether the running deed has locked or changed something. */
  get hasTouched(): boolean {
    return this.#hasTouched;
  }

  send(texts: readonly string[]): Promise<void> {
    return this.#connection.send(texts);
  }

  /** Whether the running deed has made its savepoint. */
  get hasSavepoint(): boolean {
    return this.#hasSavepoint;
  }

  /**
   * How the running deed can be undone alone: there is nothing to undo, its savepoint does it, or
   * only the end of the whole transaction does.
   */
  get wayBack(): 'nothing' | 'savepoint' | 'transaction' {
    if (this.#failure !== null && !this.#hasSavepoint) return 'transaction';
    if (!this.#hasTouched) return 'nothing';
    return this.#hasSavepoint && !this.#hasWrittenForOthers ? 'savepoint' : 'transaction';
  }

  /** Ends a deed that is done: its rows stay. */
  keepDeed(): void {
    for (const { done, own } of this.#waiting.values()) {
      for (const row of own) done.push(row);
      own.length = 0;
    }
    this.#undo = [];
  }

  /** Ends a deed that is undone: its rows are dropped. */
  dropDeed(): void {
    for (const { own } of this.#waiting.values()) own.length = 0;
    for (const undo of this.#undo.toReversed()) undo();
    this.#undo = [];
    this.#failure = null;
    if (!this.#hasTouched) return;
    // The locks of the deed are released with its savepoint.
    this.#read.clear();
    this.#kept.clear();
  }

  /** Calls `undo` if the running deed is undone. */
  onUndo(undo: () => void): void {
    this.#undo.push(undo);
  }

  /** Writes rows later: before a statement that names their table, or at the commit. */
  later<Row>(kind: LaterWrite<Row>, rows: readonly Row[]): void {
    this.changed += 1;
    let waiting = this.#waiting.get(kind);
    if (!waiting) {
      waiting = { done: [], own: [] };
      this.#waiting.set(kind, waiting);
    }
    for (const row of rows) waiting.own.push(row);
    for (const [name, { sql, despite }] of this.#read) {
      if (!despite.includes(kind) && changes(kind, sql)) this.#read.delete(name);
    }
  }

  get hasRows(): boolean {
    return [...this.#waiting.values()].some(({ done, own }) => done.length + own.length > 0);
  }

  /** The rows of a kind that wait to be written. */
  waiting<Row>(kind: LaterWrite<Row>): readonly Row[] {
    const { done = [], own = [] } = this.#waiting.get(kind) ?? {};
    return [...done, ...own] as Row[];
  }

  /** A value that holds until the locks end, or a statement writes to one of the tables. */
  kept<T>(name: symbol, make: () => T, ...tables: readonly (keyof Tables)[]): T {
    let kept = this.#kept.get(name);
    if (!kept) this.#kept.set(name, (kept = [make(), tables]));
    return kept[0] as T;
  }

  /**
   * Reads rows once for all deeds, until a deed changes one of the tables or takes a lock. All deeds
   * of a transaction have arrived before it began, so no deed misses a change that was answered
   * before it arrived. After a lock the rows are read again: it may have waited for a change.
   */
  async readOnce(
    sql: string,
    parameters: readonly unknown[],
    despite: readonly LaterWrite<never>[] = [],
  ): Promise<unknown[]> {
    const name = `${sql}\n${JSON.stringify(parameters)}`;
    const known = this.#read.get(name);
    if (known) return known.rows;
    this.#despite = despite;
    const changed = this.changed;
    const reading = (this.together ?? this.#connection).run(sql, parameters);
    this.#despite = [];
    const rows = await reading;
    // A change during the read may have come before it or after it.
    if (this.changed === changed) this.#read.set(name, { sql, rows, despite });
    return rows;
  }

  run(sql: string, parameters: readonly unknown[]): Promise<unknown[]> {
    return this.#connection.run(sql, parameters);
  }

  /** The connection calls this ahead of each statement. */
  before(sql: string): void {
    const { effect, tables } = statementOf(sql);
    if (effect === 'control') return;
    if (!this.#isWriting) this.#writeFor(sql);
    if (effect === 'read') return;
    this.changed += 1;
    if (!this.#isWriting) this.#touch();
    if (effect === 'lock') this.#read.clear();
    else if (effect === 'write') for (const table of tables) this.#forget(table);
  }

  failed(error: unknown): void {
    this.#failure ??= { error };
  }

  /**
   * Waits for the statements whose results nobody waits for.
   * @throws the error of the first one that failed
   */
  async settle(): Promise<void> {
    const underWay = this.#underWay;
    if (underWay.length === 0) return;
    this.#underWay = [];
    await Promise.all(underWay);
    if (this.#failure) throw this.#failure.error;
  }

  /** Writes all rows that wait, right before the commit. */
  async finish(): Promise<void> {
    this.#ahead = [];
    this.#writeAll();
    await this.settle();
  }

  #touch(): void {
    this.#hasTouched = true;
    if (this.#ahead.length === 0) return;
    const ahead = this.#ahead;
    this.#ahead = [];
    this.#hasSavepoint = this.#savesAtTouch;
    this.#begin(this.#connection.send(ahead));
  }

  #writeFor(sql: string): void {
    for (const [kind, { done, own }] of this.#waiting) {
      if (done.length + own.length === 0 || !changes(kind, sql)) continue;
      if (this.#despite.includes(kind)) continue;
      this.#writeAll();
      return;
    }
  }

  #writeAll(): void {
    this.#isWriting = true;
    // Rows of earlier deeds must not be undone with the running deed.
    const done = this.#takeRows('done');
    if (done.length > 0 && this.#hasTouched) this.#hasWrittenForOthers = true;
    for (const [kind, rows] of done) this.#begin(kind.write(this.#tx, rows), { isForOthers: true });
    const own = this.#takeRows('own');
    if (own.length > 0) this.#touch();
    for (const [kind, rows] of own) this.#begin(kind.write(this.#tx, rows));
    this.#isWriting = false;
  }

  #takeRows(whose: keyof Waiting): [LaterWrite<never>, never[]][] {
    const taken: [LaterWrite<never>, never[]][] = [];
    for (const [kind, waiting] of this.#waiting) {
      const rows = waiting[whose].splice(0) as never[];
      if (rows.length > 0) taken.push([kind, rows]);
    }
    return taken;
  }

  #begin(statement: Promise<unknown>, { isForOthers } = { isForOthers: false }): void {
    const failed = (error: unknown) => {
      // The running deed's savepoint may have come later, and then cannot undo it.
      this.#hasWrittenForOthers ||= isForOthers;
      this.failed(error);
    };
    this.#underWay.push(statement.catch(failed));
  }

  #forget(table: string): void {
    for (const [name, { sql }] of this.#read) {
      if (statementOf(sql).tables.has(table)) this.#read.delete(name);
    }
    for (const [name, [, tables]] of this.#kept)
      if (tables.includes(table)) this.#kept.delete(name);
  }
}
