import { isUtf8 } from 'node:buffer';
import { lineUpOf } from '../../carriers/line-up.ts';
import { operatorPage, type Page, type PersonCall, seeOther, view } from '../../http/pages/page.ts';
import { type Form, singleValue } from '../../http/parameters/form.ts';
import { badParameter } from '../../kit/api-error.ts';
import { importStock } from '../../numbers/import-stock.ts';
import { readStockFile } from '../../numbers/read-stock.ts';
import { IMPORT_BYTES, STOCK_TYPES } from '../../numbers/stock-number.ts';
import { readOrExplain } from '../parts/read-or-explain.ts';
import { IMPORT, importForm, importNotice, importPreview } from './platform-import-views.ts';
import {
  countStockTypes,
  STOCK_STATES,
  type StockConditions,
  type StockPage,
  type StockPlace,
  searchStock,
} from './platform-number-store.ts';
import { NUMBERS, numbersBody } from './platform-number-views.ts';

/** The operators' pages of the stock of numbers. */

const PAGE_ROWS = 50;
const MAX_TEXT = 64;
/** Room for the text of an import, and for the other parts of its form. */
const FORM_BYTES = IMPORT_BYTES + 64 * 1024;
const NONE: StockPage = { rows: [], has_next: false, has_previous: false };
const PLACE = /^\+?\d{3,15}$/;

const numbersPage = operatorPage({
  id: 'PlatformNumbers',
  path: NUMBERS,
  async show(call) {
    const { db, app, query } = call;
    const now = app.now();
    const { value, problem } = await readOrExplain(() => readSearch(query));
    const counts = await countStockTypes(db, now);
    const found = value ? await searchStock(db, { ...value, page_size: PAGE_ROWS, now }) : NONE;
    const conditions = Object.values(value?.conditions ?? {});
    const is_filtered = problem !== null || conditions.some((condition) => condition !== null);
    const shown = {
      counts,
      found,
      carriers: carrierNames(call),
      is_filtered,
      is_first: !is_filtered && value?.place === null,
    };
    const body = numbersBody({ ...call, form: query, problem }, shown);
    return view({ title: 'Numbers', section: 'operator', ...(problem && { status: 400 }), body });
  },
});

function carrierNames({ app }: PersonCall): string[] {
  return [...lineUpOf(app).plan.carriers.keys()];
}

/** @throws ApiError 400 */
function readSearch(query: Form): {
  readonly conditions: StockConditions;
  readonly place: StockPlace | null;
} {
  const text = (name: string) => {
    const value = singleValue(query, name)?.trim() ?? '';
    if (/\p{Cc}/u.test(value)) throw badParameter(name, 'must not have control characters');
    if (value.length > MAX_TEXT)
      throw badParameter(name, `must have at most ${MAX_TEXT} characters`);
    return value === '' ? null : value;
  };
  const number = text('number');
  if (number !== null && !/^[\d\s()./+-]*\d[\d\s()./+-]*$/.test(number)) {
    throw badParameter('number', 'must be digits of a number, such as +1415');
  }
  const conditions = {
    digits: number?.replaceAll(/\D/g, '') ?? null,
    iso_country: text('country'),
    type: oneOf('kind', STOCK_TYPES),
    carrier: text('carrier'),
    state: oneOf('state', STOCK_STATES),
  };
  return { conditions, place: placeIn('after') ?? placeIn('before') };

  function oneOf<T extends string>(name: string, all: readonly T[]): T | null {
    const given = text(name);
    const known = all.find((one) => one === given) ?? null;
    if (given !== known) throw badParameter(name, `must be one of ${all.join(', ')}`);
    return known;
  }

  function placeIn(direction: StockPlace['direction']): StockPlace | null {
    const phone_number = text(direction);
    if (phone_number === null) return null;
    if (!PLACE.test(phone_number)) throw badParameter(direction, 'must be a number of the stock');
    return { direction, phone_number };
  }
}

const importPage = operatorPage({
  id: 'PlatformImportNumbers',
  path: IMPORT,
  upload_bytes: FORM_BYTES,
  show: (call) =>
    view({
      title: 'Import numbers',
      section: 'operator',
      body: importForm(call, carrierNames(call)),
    }),
  async submit(call) {
    const csv = textIn(call);
    const dry_run = singleValue(call.form, 'checked') !== 'yes';
    const numbers = await readStockFile(csv);
    const carriers = new Set(carrierNames(call));
    const report = await call.change((act) => importStock(act, { numbers, carriers, dry_run }));
    if (!dry_run) return seeOther(NUMBERS, { notice: importNotice(report) });
    const body = importPreview(call, csv, report);
    return view({ title: 'Import these numbers?', section: 'operator', body });
  },
});

/**
 * The text of the chosen file, or the pasted one.
 * @throws ApiError 400
 */
function textIn({ form, files }: PersonCall): string {
  const pasted = singleValue(form, 'csv') ?? '';
  const file = files.get('file');
  if (file && pasted.trim() !== '') {
    throw badParameter('csv', 'must be empty when a file is chosen; keep one of the two');
  }
  if (!file && pasted.trim() === '') {
    throw badParameter('file', 'is required; choose a CSV file, or paste its lines below');
  }
  if ((file?.length ?? Buffer.byteLength(pasted)) > IMPORT_BYTES) {
    const rule = `must have at most ${IMPORT_BYTES / 1024 / 1024} MiB; divide it`;
    throw badParameter(file ? 'file' : 'csv', rule);
  }
  if (file && !isUtf8(file)) throw badParameter('file', 'must be text in UTF-8');
  return file ? file.toString('utf8') : pasted;
}

export const platformNumberPages: readonly Page[] = [numbersPage, importPage];
