import type { Account } from '../../accounts/account.ts';
import { fetchAccount } from '../../accounts/account-store.ts';
import { createAccount } from '../../accounts/create-account.ts';
import { renameAccount } from '../../accounts/rename-account.ts';
import { upgradeAccount } from '../../accounts/upgrade-account.ts';
import type { Db } from '../../db/database.ts';
import {
  type AccountCall,
  accountPage,
  heading,
  type Page,
  seeOther,
  view,
} from '../../http/pages/page.ts';
import { FRIENDLY_NAME_LENGTH, fields, readFields } from '../../http/parameters/fields.ts';
import { nameText } from '../../http/parameters/name-fields.ts';
import { NotFound, orNotFound } from '../../kit/api-error.ts';
import { changeAccountStatus } from '../../lifecycle/change-account-status.ts';
import { readPage } from '../../pages/pager.ts';
import { fetchAppsOfSubaccounts, listSubaccounts } from '../parts/account-list-store.ts';
import { accountNameField, confirmView, formBody } from '../parts/console-views.ts';
import { CLOSE_TEXT, SUSPEND_TEXT, settingsBody, subaccountBody } from './settings-views.ts';

/** The page of an account itself, and the pages of its subaccounts. */

const HOME = '/console/:AccountSid';
const SUBACCOUNT = `${HOME}/subaccounts/:Sid` as const;
const section = 'settings';
const nameInput = fields({ FriendlyName: nameText(FRIENDLY_NAME_LENGTH) });

const homeOf = ({ account }: AccountCall) => `/console/${account.sid}`;
const settingsOf = (call: AccountCall) => `${homeOf(call)}/settings`;

const settingsPage = accountPage({
  id: 'Settings',
  path: `${HOME}/settings`,
  async show(call) {
    const { db, account, query } = call;
    const request = readPage(query);
    const found = await listSubaccounts(db, account.sid, request);
    const apps = await fetchAppsOfSubaccounts(
      db,
      found.rows.map(({ sid }) => sid),
    );
    const body = settingsBody(call, { found, apps, request });
    return view({ title: 'Settings', section, body });
  },
});

const renamePage = accountPage({
  id: 'RenameAccount',
  path: `${HOME}/rename`,
  show: (call) =>
    view({
      title: 'Rename the account',
      section,
      body: formBody(call, {
        action: `${homeOf(call)}/rename`,
        fields: accountNameField(call, call.account.friendly_name),
        label: 'Rename',
        back: settingsOf(call),
      }),
    }),
  async submit(call) {
    const { friendly_name } = readFields(nameInput, call.form);
    await call.change((act) => renameAccount(act, call.account.sid, friendly_name));
    return seeOther(settingsOf(call), { notice: 'The account is renamed.' });
  },
});

/** In production the operator upgrades accounts. */
const upgradePage = accountPage({
  id: 'UpgradeAccount',
  path: `${HOME}/upgrade`,
  development_only: true,
  async submit(call) {
    await call.change(async (act) => {
      const account = orNotFound(await fetchAccount(act.tx, call.account.sid));
      await upgradeAccount(act, account);
    });
    return seeOther(homeOf(call), { notice: 'The account is upgraded.' });
  },
});

const newSubaccountPage = accountPage({
  id: 'NewSubaccount',
  path: `${HOME}/subaccounts/new`,
  show: (call) =>
    view({
      title: 'New subaccount',
      section,
      body: formBody(call, {
        action: `${homeOf(call)}/subaccounts/new`,
        fields: accountNameField(call, null),
        label: 'Create subaccount',
        back: settingsOf(call),
      }),
    }),
  async submit(call) {
    const { friendly_name } = readFields(nameInput, call.form);
    const { account: owner } = call;
    const made = await call.change((act) =>
      createAccount(act, { friendly_name, type: owner.type, owner }),
    );
    const notice = 'The subaccount is created. It has an auth token of its own.';
    return seeOther(`${homeOf(call)}/subaccounts/${made.sid}`, { notice });
  },
});

/** One of the account's subaccounts. @throws ApiError 404 */
async function demandSubaccount(db: Db, call: AccountCall<'Sid'>): Promise<Account> {
  const found = await fetchAccount(db, call.path.Sid);
  const { sid } = call.account;
  if (!found || found.owner_account_sid !== sid || found.sid === sid) throw new NotFound();
  return found;
}

const subaccountPage = accountPage({
  id: 'Subaccount',
  path: SUBACCOUNT,
  async show(call) {
    const subaccount = await demandSubaccount(call.db, call);
    const { sid, friendly_name } = subaccount;
    const app = (await fetchAppsOfSubaccounts(call.db, [sid])).get(sid) ?? null;
    return view({
      title: heading`${friendly_name}`,
      section,
      body: subaccountBody(call, subaccount, app),
    });
  },
  async submit(call) {
    const { friendly_name } = readFields(nameInput, call.form);
    const { sid } = await call.change(async (act) => {
      const subaccount = await demandSubaccount(act.tx, call);
      return renameAccount(act, subaccount.sid, friendly_name);
    });
    return seeOther(`${homeOf(call)}/subaccounts/${sid}`, { notice: 'The subaccount is renamed.' });
  },
});

async function changeStatus(call: AccountCall<'Sid'>, status: Account['status'], notice: string) {
  const { sid } = await call.change(async (act) =>
    changeAccountStatus(act, await demandSubaccount(act.tx, call), status),
  );
  return seeOther(`${homeOf(call)}/subaccounts/${sid}`, { notice });
}

const suspendSubaccountPage = accountPage({
  id: 'SuspendSubaccount',
  path: `${SUBACCOUNT}/suspend`,
  async show(call) {
    const { sid, friendly_name } = await demandSubaccount(call.db, call);
    const back = `${homeOf(call)}/subaccounts/${sid}`;
    return confirmView(call, {
      title: heading`Suspend ${friendly_name}?`,
      section,
      text: SUSPEND_TEXT,
      action: `${back}/suspend`,
      label: 'Suspend',
      back,
    });
  },
  submit: (call) => changeStatus(call, 'suspended', 'The subaccount is suspended.'),
});

const reactivateSubaccountPage = accountPage({
  id: 'ReactivateSubaccount',
  path: `${SUBACCOUNT}/reactivate`,
  submit: (call) => changeStatus(call, 'active', 'The subaccount is active again.'),
});

const closeSubaccountPage = accountPage({
  id: 'CloseSubaccount',
  path: `${SUBACCOUNT}/close`,
  async show(call) {
    const { sid, friendly_name } = await demandSubaccount(call.db, call);
    const back = `${homeOf(call)}/subaccounts/${sid}`;
    return confirmView(call, {
      title: heading`Close ${friendly_name} for good?`,
      section,
      text: CLOSE_TEXT,
      action: `${back}/close`,
      label: 'Close for good',
      back,
    });
  },
  submit: (call) => changeStatus(call, 'closed', 'The subaccount is closed.'),
});

export const settingsPages: readonly Page[] = [
  settingsPage,
  renamePage,
  upgradePage,
  newSubaccountPage,
  subaccountPage,
  suspendSubaccountPage,
  reactivateSubaccountPage,
  closeSubaccountPage,
];
