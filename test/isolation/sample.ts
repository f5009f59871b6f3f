import type { Cell } from './cells.ts';
import { NOWHERE, SELF } from './world.ts';

/** The statuses of refusals by access, which come before any SQL of the operation. */
const DECIDED_BY_ACCESS: ReadonlySet<number> = new Set([401, 403]);

/**
 * The cells that an engine must answer.
 *
 * Some answers are the same for every principal: to an operation without an endpoint, which no
 * credentials change, and to a HEAD, which is the GET without its body. Of these, each operation,
 * target and status has one cell, asked by one principal in turn.
 *
 * SQLite answers all others but two. Credentials of nobody are refused before the path is read, so
 * each of them asks an operation at its own account and at one target in turn, and each target hears
 * one of them in turn. The SQL of a filter knows the account and not the caller, so each filter of a
 * target is asked by one caller of each kind.
 *
 * PostgreSQL answers the cells that its SQL decides. A refusal by access is made of the rows of the
 * caller and of the account alone, so one in turn is enough there. So is one representation of an
 * answer, because rows are chosen before they are represented, and one caller for each filter.
 *
 * Every answer for a missing account with which one of them is compared is kept.
 */
export function sampleOf(cells: readonly Cell[], engine: 'sqlite' | 'postgres'): Cell[] {
  const isKept = engine === 'sqlite' ? dependsOnCaller : asksDatabase;
  const alike = Map.groupBy(
    cells.filter((cell) => !isKept(cell)),
    ({ operation, target, status }) => `${withoutSuffix(operation)} ${target} ${status}`,
  );
  const kept = cells.filter(isKept);
  const chosen = new Set(engine === 'sqlite' ? withoutRepeats(kept) : inOneRepresentation(kept));
  for (const cell of inTurn(alike)) chosen.add(cell);
  const compared = new Set([...chosen].filter(({ looks_absent }) => looks_absent).map(askedBy));
  return cells.filter(
    (cell) => chosen.has(cell) || (cell.target === NOWHERE && compared.has(askedBy(cell))),
  );
}

function inTurn(groups: ReadonlyMap<string, readonly Cell[]>): Cell[] {
  return [...groups.values()].map((group, turn) => group[turn % group.length] as Cell);
}

/** The cells without those that only the name of the caller or of the target tells apart. */
function withoutRepeats(cells: readonly Cell[]): Cell[] {
  const isNobodys = ({ principal, status }: Cell) =>
    principal.who.is === 'nobody' && status === 401;
  const isFiltered = ({ url }: Cell) => url.includes('?');
  const [nobodys, others] = [cells.filter(isNobodys), cells.filter((cell) => !isNobodys(cell))];
  const [filtered, plain] = [others.filter(isFiltered), others.filter((cell) => !isFiltered(cell))];
  const groups = [
    Map.groupBy(nobodys, ({ operation, principal, target }) =>
      [principal.name, target === SELF, withoutSuffix(operation)].join(' '),
    ),
    Map.groupBy(nobodys, ({ operation, target }) => `${target} ${withoutSuffix(operation)}`),
    Map.groupBy(filtered, ({ operation, principal, target, status }) =>
      [principal.who.is, target, status, withoutSuffix(operation)].join(' '),
    ),
  ];
  return [...plain, ...groups.flatMap(inTurn)];
}

/** Each request in one representation in turn, and each filter by one caller in turn. */
function inOneRepresentation(cells: readonly Cell[]): Cell[] {
  return inTurn(
    Map.groupBy(cells, ({ operation, target, principal, url }) => {
      const caller = url.includes('?') ? '' : principal.name;
      return `${caller} ${target} ${withoutSuffix(operation)}`;
    }),
  );
}

function dependsOnCaller({ what, method }: Cell): boolean {
  return what !== null && method !== 'OPTIONS' && method !== 'HEAD';
}

/** Whether the SQL of the operation decides the answer. */
function asksDatabase(cell: Cell): boolean {
  return dependsOnCaller(cell) && !DECIDED_BY_ACCESS.has(cell.status);
}

function askedBy({ principal, operation }: Cell): string {
  return `${principal.name}: ${operation}`;
}

/** The operation in any representation. */
function withoutSuffix(operation: string): string {
  return operation.slice(0, operation.lastIndexOf(' '));
}
