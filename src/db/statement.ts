import type { Tx } from './database.ts';
import { ALL_TABLES } from './tables/all-tables.ts';
import type { Tables } from './tables/tables.ts';

/**
 * The effect of a statement inside of a transaction:
 *
 * - `control` begins, ends or sets something of the transaction itself.
 * - `read` has no effect.
 * - `lock` reads rows and locks them. It may wait, and then read something else than a statement
 *   before it.
 * - `take` locks the rows that are free. It waits for none.
 * - `write` may change rows. Every statement that is none of the others counts as a write.
 */
type Effect = 'control' | 'read' | 'lock' | 'take' | 'write';

/** A statement as far as its text tells. */
export interface Statement {
  readonly effect: Effect;
  /** The tables that the text names. A column with the name of a table counts too. */
  readonly tables: ReadonlySet<string>;
}

/** The texts that are remembered. The product has fewer. */
const MAX_REMEMBERED = 2_000;

const remembered = new Map<string, Statement>();

/** Reads the effect and the tables of a statement from its text. */
export function statementOf(sql: string): Statement {
  let statement = remembered.get(sql);
  if (!statement) {
    if (remembered.size >= MAX_REMEMBERED) remembered.clear();
    remembered.set(sql, (statement = { effect: effectOf(sql), tables: tablesOf(sql) }));
  }
  return statement;
}

const CONTROL = /^\s*(begin|start|commit|rollback|savepoint|release|set)\b/i;
const SELECT = /^\s*select\b/i;
/** A query with named parts that change nothing. */
const WITH = /^\s*with\b(?!.*\b(insert|update|delete|merge)\b)/is;
const LOCKING = /\bfor (no key update|update|share|key share)\b/i;

function effectOf(sql: string): Effect {
  if (CONTROL.test(sql)) return 'control';
  if (!SELECT.test(sql) && !WITH.test(sql)) return 'write';
  if (!LOCKING.test(sql)) return 'read';
  return sql.includes('skip locked') ? 'take' : 'lock';
}

function tablesOf(sql: string): ReadonlySet<string> {
  const words = sql.match(/[a-z_]+/g) ?? [];
  return new Set(words.filter((word) => Object.hasOwn(ALL_TABLES, word)));
}

/**
 * Rows that are written later in the transaction, together with those of other deeds.
 *
 * `write` must call its statements at once, without waiting for anything before: they go ahead of
 * the statement that needs the rows.
 */
export interface LaterWrite<Row> {
  /** The tables that change. A statement that names one of them runs after the write. */
  readonly tables: readonly (keyof Tables)[];
  /** The columns that change, in the text of a statement. Without it, all of the tables' columns. */
  readonly columns?: RegExp;
  readonly write: (tx: Tx, rows: readonly Row[]) => Promise<unknown>;
}

/** Whether a statement may read or change what a kind of rows changes. */
export function changes({ tables, columns }: LaterWrite<never>, sql: string): boolean {
  const { tables: named } = statementOf(sql);
  return tables.some((table) => named.has(table)) && (columns?.test(sql) ?? true);
}
