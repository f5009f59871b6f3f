import { type AccountCall, accountPage, type Page, view } from '../../http/pages/page.ts';
import { orNotFound } from '../../kit/api-error.ts';
import {
  grantOfUrl,
  type IncomingPhoneNumber,
  NUMBER_URLS,
} from '../../numbers/incoming-phone-number.ts';
import { readPage } from '../../pages/pager.ts';
import { listTree } from '../parts/doer-store.ts';
import { readOrExplain } from '../parts/read-or-explain.ts';
import { accountOptions } from '../parts/usage-accounts.ts';
import { readWhose } from '../parts/whose.ts';
import { readLogFilter } from './log-filter.ts';
import { fetchNumberOfTree, listNumbersOfTree } from './number-page-store.ts';
import { numberBody, numbersBody } from './number-views.ts';

/** The pages of a customer's phone numbers, with those in the subaccounts of apps. */

const NUMBERS = '/console/:AccountSid/numbers';
const section = 'numbers';

const numbersPage = accountPage({
  id: 'Numbers',
  path: NUMBERS,
  async show(call) {
    const { db, account, query } = call;
    const request = readPage(query);
    const tree = await listTree(db, account.sid);
    const { value: only, problem } = await readOnly(call, tree);
    const found = problem
      ? { rows: [], has_next: false, has_previous: false }
      : await listNumbersOfTree(db, account.sid, only ?? null, request);
    const whose = await readWhose(db, found.rows, found.rows.flatMap(grantsOf));
    const accounts = tree.length === 1 ? [] : await accountOptions(call, only);
    const filled = { ...call, form: query, problem };
    const body = numbersBody(filled, { found, request, whose, accounts, problem });
    return view({ title: 'Phone Numbers', section, ...(problem && { status: 400 }), body });
  },
});

/** The account to show. A filter with an error comes back with the error beside it. */
function readOnly({ query }: AccountCall, tree: readonly string[]) {
  const none = { directions: {}, statuses: [] };
  return readOrExplain(() => readLogFilter(query, tree, none).account);
}

function grantsOf(number: IncomingPhoneNumber): (string | null)[] {
  return NUMBER_URLS.map((name) => grantOfUrl(number, name));
}

const numberPage = accountPage({
  id: 'Number',
  path: `${NUMBERS}/:NumberSid`,
  async show(call) {
    const { db, account, path } = call;
    const number = orNotFound(await fetchNumberOfTree(db, account.sid, path.NumberSid));
    const whose = await readWhose(db, [number], grantsOf(number));
    const title = number.phone_number;
    return view({ title, section, body: numberBody(call, number, whose) });
  },
});

export const numberPages: readonly Page[] = [numbersPage, numberPage];
