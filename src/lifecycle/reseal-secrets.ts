import { listAnswerKeysInUse } from '../access/idempotency-store.ts';
import { openToken, sealToken } from '../accounts/auth-token.ts';
import {
  fetchTokensNotSealedBy,
  listKeysInUse,
  updateSealedToken,
} from '../accounts/auth-token-store.ts';
import { openTestToken, sealTestToken } from '../accounts/test-credentials.ts';
import {
  fetchTestCredentialsNotSealedBy,
  listTestKeysInUse,
  updateSealedTestToken,
} from '../accounts/test-credentials-store.ts';
import type { App } from '../app.ts';
import { type Act, act } from '../audit/act.ts';
import { OPERATOR } from '../audit/audit-event.ts';
import { resealSipPasswords } from '../calls/sip-password.ts';
import { listSipPasswordKeysInUse } from '../calls/sip-password-store.ts';
import { listSealingKeys, retireSealingKey } from '../db/sealing-key-store.ts';
import { resealAnswers } from '../http/idempotency.ts';
import { openFactor, sealFactor } from '../people/second-factor.ts';
import {
  fetchFactorsNotSealedBy,
  listFactorKeysInUse,
  updateSealedFactor,
} from '../people/second-factor-store.ts';

const BATCH = 500;

/**
 * Seals every secret with the ring's first key: auth tokens, those of test credentials, the secrets
 * of code apps, the SIP passwords of calls, and the answers that are kept for requests which may be repeated. It goes in batches
 * that each commit, so that a run that is cut off goes on where it was. Then
 * the keys that seal nothing any more are forgotten, and a start no longer asks for them.
 *
 * @returns how many secrets were sealed anew, and the names of the keys that may go.
 */
export async function resealSecrets(app: App): Promise<{ resealed: number; retired: string[] }> {
  let resealed = 0;
  const kinds = [resealTokens, resealTestTokens, resealFactors, resealCalls, resealKeptAnswers];
  for (const resealBatch of kinds) {
    for (;;) {
      const count = await act(app, OPERATOR, resealBatch);
      resealed += count;
      if (count < BATCH) break;
    }
  }
  // A server that still runs with the old ring may have sealed something since: its key stays.
  const retired = await app.database.write(async (tx) => {
    const inUse = new Set([
      ...(await listKeysInUse(tx)),
      ...(await listTestKeysInUse(tx)),
      ...(await listFactorKeysInUse(tx)),
      ...(await listSipPasswordKeysInUse(tx)),
      ...(await listAnswerKeysInUse(tx)),
    ]);
    const known = (await listSealingKeys(tx)).map(({ id }) => id);
    const unused = known.filter((id) => id !== app.keyRing.currentKeyId && !inUse.has(id));
    for (const id of unused) await retireSealingKey(tx, id);
    return unused;
  });
  return { resealed, retired };
}

async function resealTokens({ app: { keyRing }, tx, record }: Act): Promise<number> {
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
}

async function resealTestTokens({ app: { keyRing }, tx, record }: Act): Promise<number> {
  const found = await fetchTestCredentialsNotSealedBy(tx, keyRing.currentKeyId, BATCH);
  for (const stored of found) {
    const { account_sid, sid: target_sid } = stored;
    const { sealed, sealed_with } = sealTestToken(keyRing, openTestToken(keyRing, stored), stored);
    await updateSealedTestToken(tx, target_sid, { sealed, sealed_with });
    const detail = { sealed_with };
    record({ action: 'test_credentials.resealed', account_sid, target_sid, detail });
  }
  return found.length;
}

function resealCalls(doing: Act): Promise<number> {
  return resealSipPasswords(doing, BATCH);
}

async function resealFactors({ app: { keyRing }, tx }: Act): Promise<number> {
  const factors = await fetchFactorsNotSealedBy(tx, keyRing.currentKeyId, BATCH);
  for (const factor of factors) {
    const sealed = sealFactor(keyRing, openFactor(keyRing, factor), factor);
    await updateSealedFactor(tx, factor.sid, sealed);
  }
  return factors.length;
}

function resealKeptAnswers(doing: Act): Promise<number> {
  return resealAnswers(doing, BATCH);
}
