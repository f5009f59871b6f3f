import { aPerson, type Browser, signedIn, unescaped, type Visit } from '../support/browser.ts';
import type { TestAccount, TestApp } from '../support/test-app.ts';

/** The rows of one of a page's tables: each row's name, and its cells as numbers. */
export function figuresOf(
  { text }: { readonly text: string },
  caption: string,
): { readonly name: string; readonly code: string | null; readonly cells: readonly string[] }[] {
  const [, after = ''] = text.split(`role="region" aria-label="${caption}"`);
  const [body = ''] = (after.split('<tbody>')[1] ?? '').split('</tbody>');
  return body
    .split('<tr')
    .slice(1)
    .map((row) => {
      const [, head = ''] = /<th scope="row">([\s\S]*?)<\/th>/.exec(row) ?? [];
      const [, code = null] = /<small class="sid">([^<]*)<\/small>/.exec(head) ?? [];
      const cells = [...row.matchAll(/<td>([\s\S]*?)<\/td>/g)].map(([, cell]) => plain(cell ?? ''));
      return { name: plain(head.replace(/<small[\s\S]*<\/small>/, '')), code, cells };
    });
}

function plain(cell: string): string {
  return unescaped(cell.replaceAll(/<[^>]*>/g, ''))
    .replaceAll(/\s+/g, ' ')
    .trim();
}

/** `−1,234.50` as the API writes it: `-1234.5`. */
export function decimalOfCell(cell: string | undefined): string {
  const decimal = (cell ?? '').replace('−', '-').replaceAll(',', '').split(' ')[0] ?? '';
  return decimal.includes('.') ? decimal.replace(/\.?0+$/, '') : decimal;
}

/** The path of the list of an account's triggers. */
export const pageOf = ({ sid }: { readonly sid: string }) => `/console/${sid}/usage/triggers`;

/** A customer who uses the console. */
export async function aCustomer(
  app: TestApp,
): Promise<{ customer: TestAccount; browser: Browser }> {
  const customer = await app.anAccount();
  return { customer, browser: await signedIn(app, await aPerson(app, customer)) };
}

/** A valid form. */
export const FORM = {
  UsageCategory: 'totalprice',
  TriggerBy: 'price',
  TriggerValue: '100',
  Recurring: 'monthly',
  CallbackUrl: 'http://localhost:1/budget',
  CallbackMethod: 'POST',
  FriendlyName: 'Budget',
};

/** Sends the form that makes a trigger. */
export async function create(
  browser: Browser,
  account: TestAccount,
  form: Record<string, string> = {},
): Promise<Visit> {
  const path = `${pageOf(account)}/new`;
  const page = await browser.get(path);
  return browser.submit(page, path, { AccountSid: account.sid, ...FORM, ...form });
}
