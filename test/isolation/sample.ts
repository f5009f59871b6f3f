import type { Cell } from './cells.ts';
import { NOWHERE } from './world.ts';

/** The statuses of refusals by access, which come before any SQL of the operation. */
const DECIDED_BY_ACCESS: ReadonlySet<number> = new Set([401, 403]);

/**
 * The cells that depend on the engine, for the second engine. The answer to an operation without an
 * endpoint and a refusal by access are made of the rows of the caller and of the account alone, so
 * they are the same for every operation. Of these cells, each operation, target and status has one,
 * asked by one principal in turn. All others are kept, and every answer for a missing account with
 * which one of them is compared.
 */
export function sampleOf(cells: readonly Cell[]): Cell[] {
  const alike = Map.groupBy(
    cells.filter((cell) => !asksDatabase(cell)),
    ({ operation, target, status }) => `${withoutSuffix(operation)} ${target} ${status}`,
  );
  const chosen = new Set(cells.filter(asksDatabase));
  for (const [turn, group] of [...alike.values()].entries()) {
    chosen.add(group[turn % group.length] as Cell);
  }
  const compared = new Set([...chosen].filter(({ looks_absent }) => looks_absent).map(askedBy));
  return cells.filter(
    (cell) => chosen.has(cell) || (cell.target === NOWHERE && compared.has(askedBy(cell))),
  );
}

/** Whether the SQL of the operation decides the answer. */
function asksDatabase({ what, status, method }: Cell): boolean {
  return what !== null && method !== 'OPTIONS' && !DECIDED_BY_ACCESS.has(status);
}

function askedBy({ principal, operation }: Cell): string {
  return `${principal.name}: ${operation}`;
}

/** The operation in any representation. */
function withoutSuffix(operation: string): string {
  return operation.slice(0, operation.lastIndexOf(' '));
}
