import { z } from 'zod';
import { holds, isMainAccount, type Principal } from '../access/principal.ts';
import type { App } from '../app.ts';
import type { Db } from '../db/database.ts';
import { resource, sid } from '../http/answers/resource.ts';
import { createEndpoint, fetchEndpoint, listEndpoint } from '../http/endpoint.ts';
import { FRIENDLY_NAME_LENGTH, fields, oneOf, text } from '../http/parameters/fields.ts';
import { nameText } from '../http/parameters/name-fields.ts';
import { decimalOf } from '../kit/money.ts';
import {
  ACCOUNT,
  ACCOUNT_STATUSES,
  type Account,
  defaultFriendlyName,
  presentAccount,
} from './account.ts';
import { type AccountFilter, fetchAccount, listAccounts } from './account-store.ts';
import { openToken } from './auth-token.ts';
import { fetchPrimaryTokens } from './auth-token-store.ts';
import { createAccount } from './create-account.ts';

/**
 * Accounts as `principal` sees them. A Connect app never sees a token, not even that of its own
 * subaccount: with the token, an app that may only read could do everything.
 */
export async function accountsSeenBy(
  { app, db }: { app: App; db: Db },
  principal: Principal,
  accounts: readonly Account[],
) {
  if (principal.kind === 'connect_app') {
    return accounts.map((account) => presentAccount(account, null));
  }
  const sids = accounts.map((account) => account.sid);
  const tokens = new Map(
    (await fetchPrimaryTokens(db, sids)).map((token) => [token.account_sid, token]),
  );
  return accounts.map((account) => {
    const token = tokens.get(account.sid);
    return presentAccount(account, token ? openToken(app.keyRing, token) : null);
  });
}

/** docs/contract/accounts.md, "List of accounts" */
function visibleTo(principal: Principal): AccountFilter {
  const { sid, owner_account_sid } = principal.account;
  if (principal.kind === 'connect_app') {
    return holds(principal, 'get-all') ? { owner_account_sid } : { sid };
  }
  return isMainAccount(principal.account) ? { owner_account_sid } : { sid };
}

const listAccountsEndpoint = listEndpoint({
  id: 'ListAccount',
  summary: 'The accounts that the credentials own: the main account and its subaccounts',
  path: '/2010-04-01/Accounts',
  operation: 'account.list',
  input: fields({
    FriendlyName: text(FRIENDLY_NAME_LENGTH).optional(),
    Status: oneOf(ACCOUNT_STATUSES).optional(),
  }),
  resource: ACCOUNT,
  async handle(call, page) {
    const { db, principal, input } = call;
    const found = await listAccounts(db, { ...visibleTo(principal), ...input }, page);
    const seen = await accountsSeenBy(call, principal, found.rows);
    const rows = found.rows.map(({ date_created, sid }, index) => ({
      date_created,
      sid,
      seen: seen[index] as (typeof seen)[number],
    }));
    return { ...found, rows };
  },
  present: ({ seen }) => seen,
});

const fetchAccountEndpoint = fetchEndpoint({
  id: 'FetchAccount',
  summary: 'One account',
  path: '/2010-04-01/Accounts/:AccountSid',
  operation: 'account.read',
  resource: ACCOUNT,
  async find({ db, account_sid }) {
    const [account, tokens] = await Promise.all([
      fetchAccount(db, account_sid),
      fetchPrimaryTokens(db, [account_sid]),
    ]);
    return account && { account, token: tokens[0] };
  },
  present({ account, token }, { app, principal }) {
    const isShown = token !== undefined && principal.kind !== 'connect_app';
    return presentAccount(account, isShown ? openToken(app.keyRing, token) : null);
  },
});

const createAccountEndpoint = createEndpoint({
  id: 'CreateAccount',
  summary: 'Makes a subaccount of the caller',
  path: '/2010-04-01/Accounts',
  operation: 'account.create',
  input: fields({ FriendlyName: nameText(FRIENDLY_NAME_LENGTH).optional() }),
  resource: ACCOUNT,
  async handle(call) {
    const { principal, input, now } = call;
    const account = await createAccount(call, {
      friendly_name: input.friendly_name ?? defaultFriendlyName(now),
      type: principal.account.type,
      owner: principal.account,
    });
    const [seen] = await accountsSeenBy(call, principal, [account]);
    return seen as NonNullable<typeof seen>;
  },
});

const CURRENCY = 'USD';

const BALANCE = resource('Balance', 'balances', {
  account_sid: sid('AC'),
  balance: z.string(),
  currency: z.string(),
});

const fetchBalanceEndpoint = fetchEndpoint({
  id: 'FetchBalance',
  summary: 'The balance of a main account. Subaccounts have none',
  path: '/2010-04-01/Accounts/:AccountSid/Balance',
  operation: 'balance.read',
  resource: BALANCE,
  find: ({ db, account_sid }) => fetchAccount(db, account_sid),
  present: ({ balance_micro }, { account_sid }) => ({
    account_sid,
    balance: decimalOf(balance_micro),
    currency: CURRENCY,
  }),
});

export const accountEndpoints = [
  listAccountsEndpoint,
  createAccountEndpoint,
  fetchAccountEndpoint,
  fetchBalanceEndpoint,
];
