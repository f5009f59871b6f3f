import type { CompiledQuery, Kysely } from 'kysely';
import { scopeOf } from './deed-scope.ts';
import { runNow } from './sqlite.ts';
import type { LaterWrite } from './statement.ts';
import type { Tables } from './tables/tables.ts';

/** A placeholder for a parameter, in a query that is compiled before its values are known. */
class Placeholder {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

interface Compilable<R> {
  compile(): CompiledQuery<R>;
}

/**
 * The most compiled forms of one query, by the names of its parameters. Beyond it, none is kept.
 */
const MAX_SHAPES = 100;

/** How the deeds of a transaction share the rows of a query: see `DeedScope.readOnce`. */
interface Sharing {
  readonly isReadOnce?: boolean;
  /** Kinds of rows that the caller adds itself while they wait to be written. */
  readonly despite?: readonly LaterWrite<never>[];
}

/**
 * Makes a query that is built and compiled once. It is for the queries of every request, for which
 * building costs as much as running. Each engine and each set of parameters has its own compiled
 * form, so an update may name only the columns that change.
 *
 * `build` gets placeholders for the parameters and must use each as a plain value.
 *
 * With `isReadOnce` the deeds of a transaction share the rows, until one of them changes the tables
 * or takes a lock: see `DeedScope.readOnce`. Callers must not change such rows.
 */
export function prepared<P extends Partial<Record<string, string | number | null>>, R>(
  build: (db: Kysely<Tables>, parameters: P) => Compilable<R>,
  { isReadOnce = false, despite }: Sharing = {},
): (db: Kysely<Tables>, parameters: P) => Promise<R[]> {
  const compiled = new WeakMap<object, Map<string, CompiledQuery<R>>>();
  const compile = (db: Kysely<Tables>, parameters: P): CompiledQuery<R> => {
    // The compiled form depends on the engine only, and the adapter's class tells the engine.
    const engine = db.getExecutor().adapter.constructor;
    let shapes = compiled.get(engine);
    if (!shapes || shapes.size >= MAX_SHAPES) compiled.set(engine, (shapes = new Map()));
    const names = Object.keys(parameters);
    const shape = names.join();
    let query = shapes.get(shape);
    if (!query) {
      const standIns = Object.fromEntries(names.map((name) => [name, new Placeholder(name)]));
      query = build(db, standIns as unknown as P).compile();
      shapes.set(shape, query);
    }
    return query;
  };
  return (db, parameters) => {
    const query = compile(db, parameters);
    const values = query.parameters.map((value) =>
      value instanceof Placeholder ? parameters[value.name] : value,
    );
    const scope = scopeOf(db);
    if (scope) {
      const { sql } = query;
      const rows = isReadOnce ? scope.readOnce(sql, values, despite) : scope.run(sql, values);
      return rows as Promise<R[]>;
    }
    const found = runNow(db, query.sql, values) as R[] | null;
    if (found) return Promise.resolve(found);
    return db.executeQuery<R>({ ...query, parameters: values }).then(({ rows }) => rows);
  };
}
