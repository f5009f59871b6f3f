import { deleteApiKey } from '../../accounts/api-key-store.ts';
import { createApiKey } from '../../accounts/create-api-key.ts';
import type { App } from '../../app.ts';
import { act } from '../../audit/act.ts';
import { OPERATOR } from '../../audit/audit-event.ts';
import { ConfigError } from '../../config.ts';
import { FRIENDLY_NAME_LENGTH } from '../../http/parameters/fields.ts';
import { clearableName } from '../../http/parameters/name-fields.ts';
import { demandAccount } from '../demand-account.ts';

/** Makes an API key for the operator. Main keys are made only here. */
export async function createKey(
  app: App,
  wanted: { accountSid: string; friendlyName?: string; main?: boolean },
): Promise<{ sid: string; secret: string }> {
  const { accountSid, friendlyName = '', main = false } = wanted;
  const broken = clearableName(FRIENDLY_NAME_LENGTH).safeParse(friendlyName).error;
  if (broken) throw new ConfigError(`--friendly-name ${broken.issues[0]?.message}.`);
  return act(app, OPERATOR, async (doing) => {
    const account = await demandAccount(doing.tx, accountSid);
    const { key, secret } = await createApiKey(doing, {
      account_sid: account.sid,
      root_sid: account.owner_account_sid,
      friendly_name: friendlyName || null,
      kind: main ? 'main' : 'standard',
    });
    return { sid: key.sid, secret };
  });
}

export async function deleteKey(app: App, account_sid: string, sid: string): Promise<void> {
  await act(app, OPERATOR, async ({ tx, record }) => {
    if (!(await deleteApiKey(tx, account_sid, sid))) {
      throw new ConfigError(
        `The account ${account_sid} has no key ${sid}; tieline keys list has all of its keys.`,
      );
    }
    record({ action: 'key.deleted', account_sid, target_sid: sid });
  });
}
