import type { App } from '../app.ts';
import type { Db } from '../db/database.ts';
import type { EpochMs } from '../kit/utc.ts';
import type { OfferedNumber, OfferingCountry } from './available-phone-number.ts';
import { drawNumbers } from './draw-numbers.ts';
import { listHeldNumbers } from './incoming-phone-number-store.ts';
import type { NumberFilter } from './number-filter.ts';
import { likeOf } from './number-pattern.ts';
import { areaOf, COUNTRIES, type NumberKind, traitsOf } from './numbering-plan.ts';
import { LIST_OF, STOCK_TYPES, type StockNumber } from './stock-number.ts';
import { listFreeStock, listStockAmong, listStockTypes } from './stock-number-store.ts';

/** The most numbers that are examined for one answer, when most of them are held. */
const MAX_LOOKED_AT = 100_000;
/** The numbers that are drawn beyond the wanted ones, because some are held. */
const SPARE = 20;
/** The numbers of the stock that one query reads. */
const STOCK_AT_ONCE = 500;
const KEY_BYTES = 32;

/** The numbers that a buyer looks for. */
interface Sought {
  readonly iso_country: string;
  readonly kind: NumberKind;
  readonly filter: NumberFilter;
  readonly now: EpochMs;
}

/**
 * Free numbers: those of the stock, and in development also simulated ones, in the same order for
 * the same data, so that a test finds the same ones again.
 * @param wanted the most numbers to return; fewer when fewer fit the filter
 */
export async function offerNumbers(
  app: App,
  db: Db,
  sought: Sought,
  wanted: number,
): Promise<OfferedNumber[]> {
  const stocked = await offerStock(db, sought, wanted);
  if (app.config.mode === 'production' || stocked.length === wanted) return stocked;
  return [...stocked, ...(await offerSimulated(app, db, sought, wanted - stocked.length))];
}

/**
 * The countries with numbers on offer. In production only those of the stock.
 * @param only the country that is asked for; null: all of them
 */
export async function listOfferingCountries(
  { config }: Pick<App, 'config'>,
  db: Db,
  now: EpochMs,
  only: string | null = null,
): Promise<ReadonlyMap<string, OfferingCountry>> {
  const found = new Map<string, OfferingCountry>();
  if (config.mode === 'development') {
    for (const { country, country_code, offers } of COUNTRIES.values()) {
      const kinds = Object.keys(offers) as NumberKind[];
      found.set(country_code, { country, country_code, kinds });
    }
  }
  for (const { iso_country: country_code, type } of await listStockTypes(db, now, only)) {
    const { kinds = [] } = found.get(country_code) ?? {};
    const country = countryName(country_code);
    const kind = LIST_OF[type];
    if (kinds.includes(kind)) continue;
    found.set(country_code, { country, country_code, kinds: [...kinds, kind] });
  }
  return found;
}

/** The English name of a country. */
export function countryName(country_code: string): string {
  const planned = COUNTRIES.get(country_code)?.country;
  return (
    planned ?? new Intl.DisplayNames('en', { type: 'region' }).of(country_code) ?? country_code
  );
}

async function offerStock(
  db: Db,
  { iso_country, kind, filter, now }: Sought,
  wanted: number,
): Promise<OfferedNumber[]> {
  const type = STOCK_TYPES.find((one) => LIST_OF[one] === kind);
  if (type === undefined) return [];
  const conditions = { iso_country, type, like: likeOf(filter.pattern), now };
  const offered: OfferedNumber[] = [];
  let after = '';
  for (let looked = 0; looked < MAX_LOOKED_AT; ) {
    const some = await listFreeStock(db, conditions, after, STOCK_AT_ONCE);
    for (const one of some) {
      const area = stockAreaOf(one);
      const traits = traitsOf(one);
      if (!filter.fits(area) || !filter.accepts(traits)) continue;
      const { phone_number: number, carrier, capabilities: capability_words } = one;
      offered.push({ ...traits, ...area, number, iso_country, carrier, capability_words });
      if (offered.length === wanted) return offered;
    }
    if (some.length < STOCK_AT_ONCE) break;
    looked += some.length;
    after = some.at(-1)?.phone_number ?? '';
  }
  return offered;
}

/** The area of a number of the stock. The plan has not every area code of North America. */
function stockAreaOf({ phone_number, iso_country }: StockNumber) {
  const { area_code = null, place = null } = areaOf(phone_number) ?? {};
  const isNanp = ['US', 'CA'].includes(iso_country);
  return { area_code: isNanp ? phone_number.slice(2, 5) : area_code, place };
}

async function offerSimulated(
  app: App,
  db: Db,
  { iso_country, kind, filter }: Sought,
  wanted: number,
): Promise<OfferedNumber[]> {
  const offer = COUNTRIES.get(iso_country)?.offers[kind];
  if (!offer || !filter.accepts(offer)) return [];
  const { capabilities, address_requirements } = offer;
  const key = app.keyRing.derive('numbers on offer', KEY_BYTES);
  const drawn = drawNumbers(key, offer.areas.filter(filter.fits), filter.pattern);
  const offered: OfferedNumber[] = [];
  for (let looked = 0; looked < MAX_LOOKED_AT && offered.length < wanted; ) {
    const some = take(drawn, wanted - offered.length + SPARE);
    if (some.length === 0) break;
    looked += some.length;
    const numbers = some.map(({ number }) => number);
    const [held, stocked] = [await listHeldNumbers(db, numbers), await listStockAmong(db, numbers)];
    for (const { number, area } of some) {
      if (held.has(number) || stocked.has(number)) continue;
      const { place } = area;
      const simulated = { carrier: null, capability_words: null };
      offered.push({
        capabilities,
        address_requirements,
        number,
        iso_country,
        place,
        ...simulated,
      });
    }
  }
  return offered.slice(0, wanted);
}

function take<T>(drawn: Generator<T>, count: number): T[] {
  const taken: T[] = [];
  while (taken.length < count) {
    const { value, done } = drawn.next();
    if (done) break;
    taken.push(value);
  }
  return taken;
}
