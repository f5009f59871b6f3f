import { z } from 'zod';
import { isMainAccount } from '../access/principal.ts';
import {
  ACCOUNT_FIELDS,
  ACCOUNT_TYPES,
  type Account,
  presentAccount,
} from '../accounts/account.ts';
import { fetchAccount, listNewestAccounts } from '../accounts/account-store.ts';
import { openToken } from '../accounts/auth-token.ts';
import { fetchPrimaryTokens } from '../accounts/auth-token-store.ts';
import { createAccount } from '../accounts/create-account.ts';
import { openPrimaryToken } from '../accounts/open-primary-token.ts';
import { openTestCredentials } from '../accounts/reveal-test-credentials.ts';
import { findTestCredentials } from '../accounts/test-credentials-store.ts';
import { upgradeAccount } from '../accounts/upgrade-account.ts';
import type { App } from '../app.ts';
import type { Db } from '../db/database.ts';
import { sid } from '../http/answers/resource.ts';
import { controlEndpoint, controlReadEndpoint } from '../http/control-endpoint.ts';
import { FRIENDLY_NAME_LENGTH } from '../http/parameters/fields.ts';
import { nameText } from '../http/parameters/name-fields.ts';
import { badRequest, conflict } from '../kit/api-error.ts';
import {
  authTokenRule,
  demandAccount,
  newAuthTokenText,
  nothing,
  sidText,
} from './control-fields.ts';

/** The most accounts in one answer, newest first. */
const MAX_ACCOUNTS = 1_000;

/** An account with its token, which every account has. */
const WITH_TOKEN = { ...ACCOUNT_FIELDS, auth_token: z.string() };

/** Whether a SID is used already. Two accounts must never share credentials. */
async function isTaken(db: Db, sid: string): Promise<boolean> {
  return !!((await fetchAccount(db, sid)) ?? (await findTestCredentials(db, sid)));
}

async function withToken(app: App, db: Db, account: Account) {
  return presentAccount(account, await openPrimaryToken(app, db, account.sid));
}

export const accountControlEndpoints = [
  controlReadEndpoint({
    id: 'ControlListAccounts',
    summary: 'The accounts with their auth tokens, newest first',
    path: '/_tieline/accounts',
    input: z.strictObject({
      owner_account_sid: sidText('AC').describe('A main account, with its subaccounts').optional(),
    }),
    output: z.object({ accounts: z.array(z.object(WITH_TOKEN)) }),
    async handle({ app, db, input }) {
      const found = await listNewestAccounts(db, input, MAX_ACCOUNTS);
      const tokens = await fetchPrimaryTokens(
        db,
        found.map((account) => account.sid),
      );
      const byAccount = new Map(tokens.map((token) => [token.account_sid, token]));
      // An account without a token was deleted between the two reads.
      const accounts = found.flatMap((account) => {
        const token = byAccount.get(account.sid);
        return token ? [presentAccount(account, openToken(app.keyRing, token))] : [];
      });
      return { accounts };
    },
  }),

  controlEndpoint({
    id: 'ControlCreateAccount',
    summary: 'Makes an account: a main one, or a subaccount of owner_account_sid',
    method: 'POST',
    path: '/_tieline/accounts',
    status: 201,
    input: z.strictObject({
      friendly_name: nameText(FRIENDLY_NAME_LENGTH),
      type: z.enum(ACCOUNT_TYPES, { error: 'must be Trial or Full' }).default('Full'),
      owner_account_sid: sidText('AC')
        .describe('The main account, if the new account is a subaccount')
        .optional(),
      sid: sidText('AC').optional(),
      auth_token: newAuthTokenText.optional(),
    }),
    output: z.object({
      ...WITH_TOKEN,
      test_account_sid: sid('AC'),
      test_auth_token: z.string(),
    }),
    async handle(call) {
      const { app, tx, input } = call;
      const { owner_account_sid, ...wanted } = input;
      const owner = owner_account_sid ? await demandAccount(tx, owner_account_sid) : null;
      if (owner && !isMainAccount(owner)) {
        throw badRequest('owner_account_sid must be a main account.');
      }
      const rule = authTokenRule(input.auth_token, app.config.mode);
      if (rule !== null) throw badRequest(`auth_token ${rule}.`);
      const { sid: wanted_sid } = input;
      if (wanted_sid && (await isTaken(tx, wanted_sid))) {
        throw conflict(`There is an account ${wanted_sid} already.`);
      }
      const account = await createAccount(call, { ...wanted, owner });
      const { sid: test_account_sid, token: test_auth_token } = await openTestCredentials(
        call,
        account,
      );
      return { ...(await withToken(app, tx, account)), test_account_sid, test_auth_token };
    },
  }),

  controlEndpoint({
    id: 'ControlUpgradeAccount',
    summary: 'Upgrades a Trial account, with its subaccounts, to Full',
    method: 'POST',
    path: '/_tieline/accounts/:Sid/upgrade',
    status: 200,
    input: nothing,
    output: z.object(WITH_TOKEN),
    async handle(call) {
      const account = await demandAccount(call.tx, call.path.Sid);
      return withToken(call.app, call.tx, await upgradeAccount(call, account));
    },
  }),
];
