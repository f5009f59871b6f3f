import type { Tx } from '../database.ts';
import { scopeOf } from '../deed-scope.ts';
import { arrayOf } from './array.ts';

type Run = (sql: string, parameters: readonly unknown[]) => Promise<unknown[]>;

/** A read that waits for its group. */
interface Waiting {
  readonly parameters: readonly unknown[];
  readonly resolve: (rows: unknown[]) => void;
  readonly reject: (error: unknown) => void;
}

/** Reads of the same text, by the text of their parameters. */
interface Group {
  readonly sql: string;
  readonly waiting: Waiting[];
  readonly known: Map<string, Promise<unknown[]>>;
}

interface Row {
  readonly place_of_read: number;
}

/** Runs functions at the same time. Their reads that are marked as `isReadOnce` share statements. */
export async function together(tx: Tx, works: readonly (() => Promise<unknown>)[]): Promise<void> {
  const scope = scopeOf(tx);
  if (!scope) return;
  const reads = new ReadsTogether((sql, parameters) => scope.run(sql, parameters));
  scope.together = reads;
  try {
    await Promise.all(works.map((work) => work()));
  } finally {
    scope.together = null;
  }
}

/** Loads an item, in one call with the items of the other functions that run at the same time. */
export function loadTogether<Item>(
  tx: Tx,
  item: Item,
  loadAll: (tx: Tx, items: readonly Item[]) => Promise<void>,
): Promise<void> {
  const reads = scopeOf(tx)?.together;
  if (reads instanceof ReadsTogether) return reads.load(tx, item, loadAll);
  return loadAll(tx, [item]);
}

/**
 * Reads of functions that run at the same time. Reads with the same text that are asked for in one
 * turn become one statement: PostgreSQL runs the text once for each set of parameters.
 */
class ReadsTogether {
  readonly #run: Run;
  /** Reads by their text and the types of their parameters. */
  #reads = new Map<string, Group>();
  #loads = new Map<unknown, { readonly items: unknown[]; readonly done: Promise<void> }>();
  #next: Promise<void> | null = null;

  constructor(run: Run) {
    this.#run = run;
  }

  /** The rows of a read. */
  run(sql: string, parameters: readonly unknown[]): Promise<unknown[]> {
    if (parameters.length === 0 || parameters.some((value) => typeOf(value) === null)) {
      return this.#run(sql, parameters);
    }
    const name = `${parameters.map(typeOf).join()} ${sql}`;
    const group: Group = this.#reads.get(name) ?? { sql, waiting: [], known: new Map() };
    this.#reads.set(name, group);
    const key = JSON.stringify(parameters);
    let rows = group.known.get(key);
    if (!rows) {
      rows = new Promise((resolve, reject) => {
        group.waiting.push({ parameters, resolve, reject });
      });
      group.known.set(key, rows);
      void this.#turn();
    }
    return rows;
  }

  load<Item>(
    tx: Tx,
    item: Item,
    loadAll: (tx: Tx, items: readonly Item[]) => Promise<void>,
  ): Promise<void> {
    const known = this.#loads.get(loadAll);
    if (known) {
      known.items.push(item);
      return known.done;
    }
    const items = [item];
    const done = this.#turn().then(() => {
      this.#loads.delete(loadAll);
      return loadAll(tx, items);
    });
    this.#loads.set(loadAll, { items, done });
    return done;
  }

  /** Resolves when everything has asked for its rows that can. */
  #turn(): Promise<void> {
    this.#next ??= new Promise((resolve) => {
      process.nextTick(() => {
        this.#next = null;
        const reads = this.#reads;
        this.#reads = new Map();
        for (const { sql, waiting } of reads.values()) void this.#readAll(sql, waiting);
        resolve();
      });
    });
    return this.#next;
  }

  async #readAll(sql: string, waiting: readonly Waiting[]): Promise<void> {
    try {
      const found = await this.#rowsOf(sql, waiting);
      for (const [index, { resolve }] of waiting.entries()) resolve(found[index] ?? []);
    } catch (error) {
      for (const { reject } of waiting) reject(error);
    }
  }

  /** The rows of each read. */
  async #rowsOf(sql: string, waiting: readonly Waiting[]): Promise<unknown[][]> {
    const [first] = waiting;
    if (waiting.length === 1 && first) return [await this.#run(sql, first.parameters)];
    const types = (first?.parameters ?? []).map(typeOf);
    const columns = types.map((_, index) =>
      arrayOf(waiting.map(({ parameters }) => parameters[index] as string | number)),
    );
    const found = (await this.#run(textFor(sql, types), columns)) as Row[];
    const rows: unknown[][] = waiting.map(() => []);
    for (const { place_of_read, ...row } of found) rows[place_of_read - 1]?.push(row);
    return rows;
  }
}

function typeOf(value: unknown): 'text' | 'bigint' | null {
  if (typeof value === 'string') return 'text';
  return typeof value === 'number' ? 'bigint' : null;
}

const texts = new Map<string, string>();

/** A query that runs another one once for each element of arrays, which hold its parameters. */
function textFor(sql: string, types: readonly (string | null)[]): string {
  const name = `${types.join()} ${sql}`;
  let text = texts.get(name);
  if (text === undefined) {
    const arrays = types.map((type, index) => `$${index + 1}::${type}[]`).join(', ');
    const names = types.map((_, index) => `parameter${index + 1}`).join(', ');
    const inner = sql.replaceAll(/\$(\d+)/g, (_, number: string) => `given.parameter${number}`);
    text =
      `select given.place_of_read, found.* from unnest(${arrays}) ` +
      `with ordinality as given (${names}, place_of_read) cross join lateral (${inner}) as found`;
    texts.set(name, text);
  }
  return text;
}
