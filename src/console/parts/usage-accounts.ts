import type { Account } from '../../accounts/account.ts';
import type { Db } from '../../db/database.ts';
import type { AccountCall } from '../../http/pages/page.ts';
import type { Option } from '../../pages/widgets.ts';
import {
  type AppOfSubaccount,
  fetchAppsOfSubaccounts,
  listSubaccounts,
} from './account-list-store.ts';
import { fetchAccountNames } from './doer-store.ts';

/** The most subaccounts that a form offers, the newest. */
const MAX_OFFERED = 100;

/** An account with the name that its customer knows. */
export interface NamedAccount extends Pick<Account, 'sid' | 'status'> {
  readonly name: string;
}

/** The name of an app, for the subaccount that was made for it. */
export function nameOfSubaccount(
  { friendly_name }: Pick<Account, 'friendly_name'>,
  app: AppOfSubaccount | undefined,
): string {
  if (!app) return friendly_name;
  return app.date_revoked === null ? app.friendly_name : `${app.friendly_name} (revoked)`;
}

/** The subaccounts that a form offers, closed ones too. */
export async function offeredSubaccounts(db: Db, owner_account_sid: string) {
  const newest = { page: 0, page_size: MAX_OFFERED, from: null };
  const { rows } = await listSubaccounts(db, owner_account_sid, newest);
  return namedSubaccounts(db, rows);
}

export async function namedSubaccounts(
  db: Db,
  accounts: readonly Pick<Account, 'sid' | 'status' | 'friendly_name'>[],
): Promise<NamedAccount[]> {
  const apps = await fetchAppsOfSubaccounts(
    db,
    accounts.map(({ sid }) => sid),
  );
  return accounts.map((account) => {
    const { sid, status } = account;
    return { sid, status, name: nameOfSubaccount(account, apps.get(sid)) };
  });
}

export const OWN_ACCOUNT = 'Your account itself';

/**
 * The accounts that a filter offers.
 * @param only the account that a list is narrowed to; it may be too old to be offered by itself
 */
export async function accountOptions(
  { db, account }: AccountCall,
  only: string | null | undefined,
): Promise<Option[]> {
  const newest = await offeredSubaccounts(db, account.sid);
  const isKnown = only == null || only === account.sid || newest.some(({ sid }) => sid === only);
  const missing = isKnown ? [] : await namedSubaccounts(db, await fetchAccountNames(db, [only]));
  return [
    { value: '', label: 'All' },
    { value: account.sid, label: OWN_ACCOUNT },
    ...[...newest, ...missing].map(({ sid, name }) => ({ value: sid, label: name })),
  ];
}
