import type { CompiledQuery, Kysely } from 'kysely';
import { runNow } from './sqlite.ts';
import type { Tables } from './tables.ts';

/** Marks the place of a parameter in a query that is compiled before its values are known. */
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
 * A query that is built and compiled once per database and then only run: for the few that every
 * request makes, where building would cost as much as running.
 *
 * `build` gets stand-ins for the parameters and must use each as a plain value.
 */
export function prepared<P extends Record<string, string | number | null>, R>(
  build: (db: Kysely<Tables>, parameters: P) => Compilable<R>,
): (db: Kysely<Tables>, parameters: P) => Promise<R[]> {
  const compiled = new WeakMap<object, CompiledQuery<R>>();
  const placeholders = new Proxy({} as P, {
    get: (_, name) => new Placeholder(String(name)),
  });
  return (db, parameters) => {
    // One adapter belongs to one database, and its transactions share it.
    const { adapter } = db.getExecutor();
    let query = compiled.get(adapter);
    if (!query) {
      query = build(db, placeholders).compile();
      compiled.set(adapter, query);
    }
    const values = query.parameters.map((value) =>
      value instanceof Placeholder ? parameters[value.name] : value,
    );
    const found = runNow(db, query.sql, values) as R[] | null;
    if (found) return Promise.resolve(found);
    return db.executeQuery<R>({ ...query, parameters: values }).then(({ rows }) => rows);
  };
}
