import type { Act } from '../audit/act.ts';
import { lockAccount } from '../db/lock.ts';
import { badRequest } from '../kit/api-error.ts';
import { digestOf } from '../kit/seal.ts';
import { type ApiKey, MAX_KEYS, newKeySecret } from './api-key.ts';
import { countApiKeys, insertApiKey } from './api-key-store.ts';

/**
 * Makes an API key and returns its secret, which nobody can ask for again.
 * @throws ApiError 400 when the account has as many keys as it may.
 */
export async function createApiKey(
  act: Act,
  wanted: Pick<ApiKey, 'account_sid' | 'friendly_name' | 'kind'>,
): Promise<{ key: ApiKey; secret: string }> {
  const { app, tx, now } = act;
  const { account_sid, friendly_name, kind } = wanted;
  await lockAccount(tx, app.database.engine, account_sid);
  if ((await countApiKeys(tx, account_sid)) >= MAX_KEYS) {
    throw badRequest(`An account may have ${MAX_KEYS} keys; delete one that is not used`);
  }
  const secret = newKeySecret(app.randomBytes);
  const key = await insertApiKey(tx, {
    sid: app.newSid('SK'),
    account_sid,
    friendly_name,
    kind,
    secret_digest: digestOf(secret),
    created_by_grant: act.actor.grant_sid,
    date_created: now,
    date_updated: now,
  });
  act.record({
    action: 'key.created',
    account_sid,
    target_sid: key.sid,
    detail: { friendly_name, kind },
  });
  return { key, secret };
}
