import type { Query as PgQuery, QueryConfig, QueryResult } from 'pg';

/** A statement with the time after which the client gives up its answer. */
export interface TimedQuery extends QueryConfig {
  query_timeout: number;
}

type Answered = (error: Error | undefined, result: QueryResult) => void;

/** The part of a connection of `pg` that writes messages of PostgreSQL's extended protocol. */
interface Wire {
  parse(message: { text: string; name: string }): void;
  bind(message: { statement: string; values: unknown[] }): void;
  execute(message: { portal: string; rows: number }): void;
  readonly submittedNamedStatements: Record<string, string>;
}

/** The parts of `pg`'s query that its types leave out. */
interface OpenQuery {
  readonly name: string | undefined;
  readonly text: string;
  hasBeenParsed(wire: Wire): boolean;
  prepare(wire: Wire): void;
  handleDataRow(message: unknown): void;
  handleCommandComplete(message: unknown, wire: Wire): void;
}

type OpenQueryClass = new (config: QueryConfig, answered: Answered) => OpenQuery;

/**
 * Makes a function that turns a statement outside of a transaction into one with a time limit of
 * the server. The limit and the statement go out together and share a transaction, which ends with
 * the statement. A pooler therefore keeps them on one connection, and the limit does not stay there.
 *
 * @param limit a statement that sets the limit for its transaction, and answers with one row
 */
export function limitedQueries(
  Query: typeof PgQuery,
  limit: string,
): (config: TimedQuery, answered: Answered) => PgQuery {
  class LimitedQuery extends (Query as unknown as OpenQueryClass) {
    readonly query_timeout: number;
    #isLimitSet = false;

    constructor(config: TimedQuery, answered: Answered) {
      super({ ...config, queryMode: 'extended' } as QueryConfig, answered);
      this.query_timeout = config.query_timeout;
    }

    override prepare(wire: Wire): void {
      const { name, text } = this;
      // `pg` takes the first statement that the server has parsed for the one with the name.
      if (name !== undefined && !this.hasBeenParsed(wire)) {
        wire.parse({ text, name });
        wire.submittedNamedStatements[name] = text;
      }
      wire.parse({ text: limit, name: '' });
      wire.bind({ statement: '', values: [] });
      wire.execute({ portal: '', rows: 0 });
      super.prepare(wire);
    }

    override handleDataRow(message: unknown): void {
      if (this.#isLimitSet) super.handleDataRow(message);
    }

    override handleCommandComplete(message: unknown, wire: Wire): void {
      if (this.#isLimitSet) super.handleCommandComplete(message, wire);
      this.#isLimitSet = true;
    }
  }
  return (config, answered) => new LimitedQuery(config, answered) as unknown as PgQuery;
}
