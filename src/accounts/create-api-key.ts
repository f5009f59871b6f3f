import type { Act } from '../audit/act.ts';
import { demandRoom } from '../db/limit.ts';
import { digestOf } from '../kit/seal.ts';
import { type ApiKey, MAX_KEYS, newKeySecret } from './api-key.ts';
import { countApiKeys, insertApiKey } from './api-key-store.ts';

/**
 * Makes an API key and returns its secret, which cannot be read again.
 * @throws ApiError 400 when the account has the most keys it may have
 */
export async function createApiKey(
  act: Act,
  wanted: Pick<ApiKey, 'account_sid' | 'friendly_name' | 'kind'> & { readonly root_sid: string },
): Promise<{ key: ApiKey; secret: string }> {
  const { app, tx, now } = act;
  const { account_sid, root_sid, friendly_name, kind } = wanted;
  await demandRoom(tx, app.database.engine, {
    account_sid,
    max: MAX_KEYS,
    rule: `An account may have ${MAX_KEYS} keys; delete one that is not used`,
    count: () => countApiKeys(tx, account_sid),
  });
  const secret = newKeySecret(app.randomBytes);
  const key = await insertApiKey(tx, {
    sid: app.newSid('SK'),
    account_sid,
    root_sid,
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
