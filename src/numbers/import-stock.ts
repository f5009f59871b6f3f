import type { Act } from '../audit/act.ts';
import { PLATFORM_LOG } from '../audit/audit-event.ts';
import { badRequest } from '../kit/api-error.ts';
import type { EpochMs } from '../kit/utc.ts';
import { type GivenStock, type ReadStock, type RefusedStock, readStock } from './read-stock.ts';
import { MAX_STOCK, type StockNumber } from './stock-number.ts';
import { countStock, linkHeldNumbers, listStockAmong, putStock } from './stock-number-store.ts';

/** The result of an import. Refused numbers do not hold back the others. */
export interface ImportReport {
  readonly dry_run: boolean;
  readonly added: number;
  readonly changed: number;
  /** The numbers that the stock has already, just so. */
  readonly unchanged: number;
  readonly refused: RefusedStock[];
}

interface Import {
  readonly numbers: readonly GivenStock[];
  /** The names of the carriers of the operator's file. */
  readonly carriers: ReadonlySet<string>;
  readonly dry_run: boolean;
}

/**
 * Puts numbers into the stock, and gives held ones the carrier and the capabilities of the file. The
 * same file changes nothing the second time.
 * @throws ApiError 400 when the stock would have too many numbers
 */
export async function importStock(
  { tx, now, record }: Pick<Act, 'tx' | 'now' | 'record'>,
  { numbers, carriers, dry_run }: Import,
): Promise<ImportReport> {
  const { taken, refused } = readAll(numbers, carriers);
  const known = await listStockAmong(tx, [...taken.keys()]);
  const added: StockNumber[] = [];
  const changed: StockNumber[] = [];
  for (const read of taken.values()) {
    const before = known.get(read.phone_number);
    if (!before) added.push(rowOf(read, now, { date_free: now, date_created: now }));
    else if (isOther(read, before)) changed.push(rowOf(read, now, before));
  }
  if ((await countStock(tx)) + added.length > MAX_STOCK) {
    throw badRequest(`The stock may have at most ${MAX_STOCK} numbers.`);
  }
  const counts = {
    added: added.length,
    changed: changed.length,
    unchanged: taken.size - added.length - changed.length,
  };
  if (!dry_run && added.length + changed.length > 0) {
    await putStock(tx, [...added, ...changed]);
    await linkHeldNumbers(tx, [...added, ...changed]);
    const detail = { ...counts, refused: refused.length };
    record({ action: 'stock.imported', account_sid: PLATFORM_LOG, target_sid: null, detail });
  }
  return { dry_run, ...counts, refused };
}

function readAll(numbers: readonly GivenStock[], carriers: ReadonlySet<string>) {
  const taken = new Map<string, ReadStock>();
  const refused: RefusedStock[] = [];
  for (const given of numbers) {
    const read = readStock(given, carriers);
    if ('rule' in read) {
      refused.push(read);
      continue;
    }
    const twin = taken.get(read.phone_number);
    if (twin) {
      const rule = `must not be given twice; ${twin.place} has it too`;
      refused.push({ place: read.place, field: 'number', value: read.phone_number, rule });
    } else taken.set(read.phone_number, read);
  }
  return { taken, refused };
}

function rowOf(
  read: ReadStock,
  now: EpochMs,
  { date_free, date_created }: Pick<StockNumber, 'date_free' | 'date_created'>,
): StockNumber {
  const { phone_number, iso_country, type, capabilities, carrier, price_micro } = read;
  const told = { phone_number, iso_country, type, capabilities, carrier, price_micro };
  return { ...told, date_free, date_created, date_updated: now };
}

const COMPARED = ['iso_country', 'type', 'capabilities', 'carrier', 'price_micro'] as const;

function isOther(read: ReadStock, before: StockNumber): boolean {
  return COMPARED.some((column) => read[column] !== before[column]);
}
