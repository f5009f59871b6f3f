import { readFileSync } from 'node:fs';

/** What usage is counted as. Categories form trees; `totalprice` stands beside them. */
export interface Category {
  readonly name: string;
  /** The category and those above it, itself first; each counts what is metered in it. */
  readonly levels: readonly string[];
  /** The place in lists. */
  readonly place: number;
  readonly count_unit: string;
  readonly usage_unit: string;
  readonly description: string;
}

/** The sum of all prices, each counted once; it is metered by nothing itself. */
export const TOTAL_PRICE = 'totalprice';

/** Name and parent, then units and description as far as they are known. */
type Entry = readonly [string, string | null, (string | null)?, (string | null)?, string?];

const ENTRIES = JSON.parse(
  readFileSync(new URL('categories.json', import.meta.url), 'utf8'),
) as readonly Entry[];

const PARENTS: ReadonlyMap<string, string | null> = new Map(
  ENTRIES.map(([name, parent]) => [name, parent]),
);

/** Every category there is, in the order of lists. */
export const CATEGORIES: ReadonlyMap<string, Category> = new Map(
  ENTRIES.map(([name, , count_unit, usage_unit, description], place) => [
    name,
    {
      name,
      levels: levelsOf(name),
      place,
      count_unit: count_unit ?? '',
      usage_unit: usage_unit ?? '',
      description: description ?? describe(name),
    },
  ]),
);

function levelsOf(name: string): string[] {
  const parent = PARENTS.get(name) ?? null;
  return parent === null ? [name] : [name, ...levelsOf(parent)];
}

/** `sms-outbound-longcode` reads "Sms Outbound Longcode". */
function describe(name: string): string {
  return name
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join(' ');
}
