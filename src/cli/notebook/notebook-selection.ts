import { ConfigError } from '../../config.ts';
import type { Cell } from '../../notebooks/notebook.ts';

/** The flags that choose cells: names, or a range; each as written, or null. */
export interface Selection {
  readonly cells: readonly string[] | null;
  readonly from: string | null;
  readonly until: string | null;
}

/** Reads the flags that choose cells. */
export function selectionOf(options: {
  readonly cell?: readonly string[];
  readonly from?: string;
  readonly until?: string;
}): Selection {
  return {
    cells: options.cell ?? null,
    from: options.from ?? null,
    until: options.until ?? null,
  };
}

/**
 * Chooses cells, in the order of the file. A range includes both ends.
 * @throws ConfigError when the file has no such cell, or the range is empty
 */
export function chosenCells(
  file: string,
  cells: readonly Cell[],
  { cells: named, from, until }: Selection,
): Cell[] {
  if (named) {
    const wanted = new Set(named.flatMap((which) => found(file, cells, '--cell', which)));
    return cells.filter((cell) => wanted.has(cell));
  }
  const first = from === null ? 0 : (found(file, cells, '--from', from)[0]?.index ?? 0);
  const last =
    until === null ? cells.length - 1 : (found(file, cells, '--until', until).at(-1)?.index ?? 0);
  if (first > last) {
    throw new ConfigError(
      `${file} has nothing from ${from} until ${until}: --from must not come after --until.`,
    );
  }
  return cells.slice(first, last + 1);
}

function found(file: string, cells: readonly Cell[], flag: string, which: string): Cell[] {
  const number = /^\$?(\d+)$/.exec(which)?.[1];
  const matching = cells.filter(({ index, name }) =>
    number === undefined ? name === which : index === Number(number),
  );
  if (matching.length > 0) return matching;
  const names = [...new Set(cells.flatMap(({ name }) => name ?? []))];
  const known =
    names.length > 0 ? `the names in it are ${names.join(', ')}` : 'no cell of it has a name';
  const range =
    cells.length === 1 ? 'its only cell is 0' : `its cells are 0 to ${cells.length - 1}`;
  throw new ConfigError(`${flag} ${which}: ${file} has no such cell; ${range}, and ${known}.`);
}
