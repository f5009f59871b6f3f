import { ACCOUNT_TYPES, type Account } from '../../accounts/account.ts';
import { newAuthToken } from '../../accounts/auth-token.ts';
import { createAccount } from '../../accounts/create-account.ts';
import { openTestCredentials } from '../../accounts/reveal-test-credentials.ts';
import { upgradeAccount } from '../../accounts/upgrade-account.ts';
import type { App } from '../../app.ts';
import { act } from '../../audit/act.ts';
import { OPERATOR } from '../../audit/audit-event.ts';
import { ConfigError } from '../../config.ts';
import { FRIENDLY_NAME_LENGTH } from '../../http/parameters/fields.ts';
import { nameText } from '../../http/parameters/name-fields.ts';
import { changeAccountStatus } from '../../lifecycle/change-account-status.ts';
import { demandAccount } from '../demand-account.ts';

/** Makes a main account for the operator. The tokens are shown only here. */
export async function createMainAccount(
  app: App,
  wanted: { friendlyName: string; type: string },
): Promise<{ sid: string; auth_token: string; test: { sid: string; token: string } }> {
  const type = ACCOUNT_TYPES.find((known) => known === wanted.type);
  if (!type) throw new ConfigError('--type must be Full or Trial.');
  const friendly_name = wanted.friendlyName.trim();
  const broken = nameText(FRIENDLY_NAME_LENGTH).safeParse(friendly_name).error;
  if (broken) throw new ConfigError(`--friendly-name ${broken.issues[0]?.message}.`);
  const auth_token = newAuthToken(app.randomBytes);
  return act(app, OPERATOR, async (doing) => {
    const wanted = { friendly_name, type, auth_token, owner: null };
    const account = await createAccount(doing, wanted);
    return { sid: account.sid, auth_token, test: await openTestCredentials(doing, account) };
  });
}

const STATUSES = { suspend: 'suspended', reactivate: 'active', close: 'closed' } as const;

/** Upgrades, suspends, reactivates or closes an account, main or sub. */
export async function changeAccount(
  app: App,
  sid: string,
  change: keyof typeof STATUSES | 'upgrade',
): Promise<Account> {
  return act(app, OPERATOR, async (doing) => {
    const account = await demandAccount(doing.tx, sid);
    return change === 'upgrade'
      ? upgradeAccount(doing, account)
      : changeAccountStatus(doing, account, STATUSES[change]);
  });
}
