import { html } from 'hono/html';
import { textOfCountries } from '../../access/countries.ts';
import { isMainAccount } from '../../access/principal.ts';
import type { Account } from '../../accounts/account.ts';
import { type AccountLimits, limitsOf } from '../../accounts/account-limits.ts';
import { fetchAccount } from '../../accounts/account-store.ts';
import { changeAccountLimits } from '../../accounts/change-account-limits.ts';
import { upgradeAccount } from '../../accounts/upgrade-account.ts';
import type { Act } from '../../audit/act.ts';
import { lineUpOf } from '../../carriers/line-up.ts';
import {
  heading,
  operatorPage,
  type Page,
  type PageCall,
  type PersonCall,
  seeOther,
  view,
} from '../../http/pages/page.ts';
import { singleValue } from '../../http/parameters/form.ts';
import { badParameter } from '../../kit/api-error.ts';
import { changeAccountStatus } from '../../lifecycle/change-account-status.ts';
import { field } from '../../pages/widgets.ts';
import { listOpenInvitations } from '../../people/links/one-time-link-store.ts';
import { listPeopleOfAccount } from '../../people/person-store.ts';
import { fetchAppsOfSubaccounts } from '../parts/account-list-store.ts';
import { confirmView, formBody } from '../parts/console-views.ts';
import { defaultRate } from '../parts/default-rate.ts';
import { ACCOUNT, demandAccount, pathOf } from '../parts/platform-account.ts';
import { accountBody } from './platform-views.ts';

/** The operators' pages of one account. */

const section = 'operator';

const accountPage = operatorPage({
  id: 'PlatformAccount',
  path: ACCOUNT,
  async show(call) {
    const { db, app } = call;
    const account = await demandAccount(db, call);
    const { sid, owner_account_sid } = account;
    const [owner, apps, people, invitations] = await Promise.all([
      isMainAccount(account) ? null : fetchAccount(db, owner_account_sid),
      fetchAppsOfSubaccounts(db, [sid]),
      listPeopleOfAccount(db, sid),
      listOpenInvitations(db, sid, app.realNow()),
    ]);
    const made_for = apps.get(sid) ?? null;
    const shown = { account, owner: owner ?? null, made_for, people, invitations };
    return view({
      title: heading`${account.friendly_name}`,
      section,
      body: accountBody(call, shown),
    });
  },
});

/** Makes a change that needs one click. */
async function change(
  call: PersonCall<'Sid'>,
  deed: (act: Act, account: Account) => Promise<unknown>,
  notice: string,
) {
  await call.change(async (act) => deed(act, await demandAccount(act.tx, call)));
  return seeOther(pathOf(call), { notice });
}

const upgradePage = operatorPage({
  id: 'PlatformUpgradeAccount',
  path: `${ACCOUNT}/upgrade`,
  submit: (call) => change(call, upgradeAccount, 'The account is upgraded.'),
});

const reactivatePage = operatorPage({
  id: 'PlatformReactivateAccount',
  path: `${ACCOUNT}/reactivate`,
  submit: (call) =>
    change(
      call,
      (act, account) => changeAccountStatus(act, account, 'active'),
      'The account is active again.',
    ),
});

const suspendPage = operatorPage({
  id: 'PlatformSuspendAccount',
  path: `${ACCOUNT}/suspend`,
  sensitive: true,
  async show(call) {
    const { friendly_name } = await demandAccount(call.db, call);
    return confirmView(call, {
      title: heading`Suspend ${friendly_name}?`,
      section,
      text: html`<ul>
        <li>Every request with its credentials is refused from now on.</li>
        <li>Its people can look at it in the console, and change nothing.</li>
        <li>If it has Connect apps, they can act nowhere.</li>
        <li>You can reactivate it at any time.</li>
      </ul>`,
      action: `${pathOf(call)}/suspend`,
      label: 'Suspend',
      back: pathOf(call),
    });
  },
  submit: (call) =>
    change(
      call,
      (act, account) => changeAccountStatus(act, account, 'suspended'),
      'The account is suspended.',
    ),
});

const closePage = operatorPage({
  id: 'PlatformCloseAccount',
  path: `${ACCOUNT}/close`,
  sensitive: true,
  async show(call) {
    const { friendly_name } = await demandAccount(call.db, call);
    return confirmView(call, {
      title: heading`Close ${friendly_name} for good?`,
      section,
      text: html`<ul>
        <li>Closing is final: nobody can open the account again, and its people lose it.</li>
        <li>A main account's subaccounts are closed with it.</li>
        <li>Its grants to apps are revoked, and the apps are told.</li>
      </ul>`,
      action: `${pathOf(call)}/close`,
      label: 'Close for good',
      back: pathOf(call),
    });
  },
  submit: (call) =>
    change(
      call,
      (act, account) => changeAccountStatus(act, account, 'closed'),
      'The account is closed.',
    ),
});

const LIMIT_LABELS = {
  max_requests_per_second: 'Requests a second',
  max_subaccounts: 'Subaccounts',
  max_connect_apps: 'Connect apps',
  max_messages_per_second: 'Messages a second',
  max_calls_per_second: 'Calls a second',
  max_calls_at_once: 'Calls at once',
} as const satisfies Record<Exclude<keyof AccountLimits, 'countries'>, string>;
type LimitName = keyof typeof LIMIT_LABELS;

/** A subaccount has neither subaccounts nor Connect apps. */
function limitNames(account: Account): LimitName[] {
  return isMainAccount(account)
    ? (Object.keys(LIMIT_LABELS) as LimitName[])
    : [
        'max_requests_per_second',
        'max_messages_per_second',
        'max_calls_per_second',
        'max_calls_at_once',
      ];
}

const limitsPage = operatorPage({
  id: 'PlatformAccountLimits',
  path: `${ACCOUNT}/limits`,
  async show(call) {
    const account = await demandAccount(call.db, call);
    const none = { max_subaccounts: null, max_connect_apps: null, max_requests_per_second: null };
    const { limits } = lineUpOf(call.app).plan;
    const defaults = { ...limitsOf({ ...none, type: account.type }), ...limits };
    const rate = defaultRate(call.app.config);
    return view({
      title: heading`Limits of ${account.friendly_name}`,
      section,
      body: formBody(call, {
        action: `${pathOf(call)}/limits`,
        fields: [
          ...limitNames(account).map((name) =>
            field(call, {
              name,
              label: LIMIT_LABELS[name],
              inputmode: 'numeric',
              value: account[name] === null ? '' : String(account[name]),
              help: `Empty: the default, ${defaults[name] ?? (name === 'max_requests_per_second' ? rate : 'no limit')}.`,
              maxlength: 9,
              autocomplete: 'off',
            }),
          ),
          field(call, {
            name: 'countries',
            label: 'Countries that messages and calls may reach',
            value: account.countries ?? '',
            help: `Two letters each, with spaces between, such as US CA. Empty: the default, ${limits.countries ?? 'which is no limit in development, and no real carrier in production'}.`,
            maxlength: 900,
            autocomplete: 'off',
          }),
        ],
        label: 'Save',
        back: pathOf(call),
      }),
    });
  },
  async submit(call) {
    return change(
      call,
      (act, account) => changeAccountLimits(act, account, limitsIn(call, account)),
      'The limits are saved.',
    );
  },
});

/** @throws ApiError 400 */
function limitsIn({ form }: PageCall, account: Account): Partial<AccountLimits> {
  const read = (name: LimitName) => {
    const text = singleValue(form, name)?.trim() ?? '';
    if (!/^\d{0,9}$/.test(text)) throw badParameter(name, 'must be a whole number');
    return text === '' ? null : Number(text);
  };
  const countries = singleValue(form, 'countries')
    ?.toUpperCase()
    .split(/[\s,]+/)
    .filter(Boolean);
  return {
    ...Object.fromEntries(limitNames(account).map((name) => [name, read(name)])),
    countries: countries && countries.length > 0 ? textOfCountries(countries) : null,
  };
}

export const platformAccountPages: readonly Page[] = [
  accountPage,
  upgradePage,
  reactivatePage,
  suspendPage,
  closePage,
  limitsPage,
];
