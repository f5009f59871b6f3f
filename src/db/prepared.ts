import type { CompiledQuery, Kysely } from 'kysely';
import { runNow } from './sqlite.ts';
import type { Tables } from './tables/tables.ts';

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

/** Compiled forms of one query, by the names of its parameters; past it they are made anew. */
const MAX_SHAPES = 100;

/**
 * A query that is built and compiled once and then only run: for those that every request
 * makes, where building would cost as much as running. It is compiled for each engine, and
 * for each set of parameters that it is given, so that an update may name just what changes.
 *
 * `build` gets stand-ins for the parameters and must use each as a plain value.
 */
export function prepared<P extends Partial<Record<string, string | number | null>>, R>(
  build: (db: Kysely<Tables>, parameters: P) => Compilable<R>,
): (db: Kysely<Tables>, parameters: P) => Promise<R[]> {
  const compiled = new WeakMap<object, Map<string, CompiledQuery<R>>>();
  const compile = (db: Kysely<Tables>, parameters: P): CompiledQuery<R> => {
    // What a query compiles to depends on the engine alone, which its kind of adapter tells.
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
    const found = runNow(db, query.sql, values) as R[] | null;
    if (found) return Promise.resolve(found);
    return db.executeQuery<R>({ ...query, parameters: values }).then(({ rows }) => rows);
  };
}
