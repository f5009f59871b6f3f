import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';

/** A statement that reads or changes rows, with the values of its first run and its cause. */
export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
  readonly cause: string;
}

/** Notes each statement of this process from now on. */
export class StatementLog implements Disposable {
  readonly seen = new Map<string, Statement>();
  cause = '';
  readonly #undo: (() => void)[] = [];

  constructor() {
    const sqlite = DatabaseSync.prototype as { prepare: DatabaseSync['prepare'] };
    const { prepare } = sqlite;
    const note = (text: string, values: readonly unknown[]) => this.#note(text, values);
    sqlite.prepare = function noted(this: DatabaseSync, text, ...rest) {
      note(text, []);
      return prepare.call(this, text, ...rest);
    };
    this.#undo.push(() => (sqlite.prepare = prepare));
    const client = pg.Client.prototype as unknown as { query: (...given: unknown[]) => unknown };
    const { query } = client;
    client.query = function noted(this: pg.Client, given, ...rest) {
      const { text, values } = given as { text?: string; values?: unknown[] };
      if (typeof given === 'string') note(given, (rest[0] as unknown[] | undefined) ?? []);
      else if (text !== undefined) note(text, values ?? []);
      return query.call(this, given, ...rest);
    };
    this.#undo.push(() => (client.query = query));
  }

  #note(text: string, values: readonly unknown[]): void {
    if (!/^\s*(?:select|update|delete|with)\b/i.test(text) || this.seen.has(text)) return;
    if (/pg_catalog|information_schema|sqlite_master|pragma_/.test(text)) return;
    this.seen.set(text, { text, values, cause: this.cause });
  }

  [Symbol.dispose](): void {
    for (const undo of this.#undo.toReversed()) undo();
  }
}
