import { readFileSync } from 'node:fs';

/** A category of usage. Categories form trees; `totalprice` is beside them. */
export interface Category {
  readonly name: string;
  /** The category itself and those above it, in this order. Usage counts in each of them. */
  readonly levels: readonly string[];
  /** The place in lists. */
  readonly place: number;
  readonly count_unit: string;
  readonly usage_unit: string;
  readonly description: string;
}

/** The sum of all prices, each counted once. No event is metered in it directly. */
export const TOTAL_PRICE = 'totalprice';

/** Name and parent, then units and description if they are known. */
type Entry = readonly [string, string | null, (string | null)?, (string | null)?, string?];

const ENTRIES = JSON.parse(
  readFileSync(new URL('categories.json', import.meta.url), 'utf8'),
) as readonly Entry[];

const PARENTS: ReadonlyMap<string, string | null> = new Map(
  ENTRIES.map(([name, parent]) => [name, parent]),
);

/** Every category, in the order of lists. */
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
