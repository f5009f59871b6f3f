import type { App } from '../app.ts';
import { act } from '../audit/act.ts';
import { OPERATOR } from '../audit/audit-event.ts';
import { listSealingKeys, retireSealingKey } from '../db/sealing-key-store.ts';
import { openToken, sealToken } from './auth-token.ts';
import { fetchTokensNotSealedBy, listKeysInUse, updateSealedToken } from './auth-token-store.ts';

const BATCH = 500;

/**
 * Seals every auth token with the ring's first key, in batches that each commit, so that a run
 * that is cut off goes on where it was. Then the keys that seal nothing any more are forgotten,
 * and a start no longer asks for them.
 *
 * @returns how many tokens were sealed anew, and the names of the keys that may go.
 */
export async function resealTokens(app: App): Promise<{ resealed: number; retired: string[] }> {
  const { database, keyRing } = app;
  let resealed = 0;
  for (;;) {
    const count = await act(app, OPERATOR, async ({ tx, record }) => {
      const tokens = await fetchTokensNotSealedBy(tx, keyRing.currentKeyId, BATCH);
      for (const token of tokens) {
        const { account_sid, slot } = token;
        const { sealed, sealed_with } = sealToken(keyRing, openToken(keyRing, token), token);
        await updateSealedToken(tx, token, { sealed, sealed_with });
        record({
          action: 'auth_token.resealed',
          account_sid,
          target_sid: account_sid,
          detail: { slot, sealed_with },
        });
      }
      return tokens.length;
    });
    resealed += count;
    if (count < BATCH) break;
  }
  // A server that still runs with the old ring may have sealed something since: its key stays.
  const retired = await database.write(async (tx) => {
    const inUse = await listKeysInUse(tx);
    const known = (await listSealingKeys(tx)).map(({ id }) => id);
    const unused = known.filter((id) => id !== keyRing.currentKeyId && !inUse.includes(id));
    for (const id of unused) await retireSealingKey(tx, id);
    return unused;
  });
  return { resealed, retired };
}
