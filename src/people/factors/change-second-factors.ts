import type { Act } from '../../audit/act.ts';
import { sealerOf } from '../../audit/sealer.ts';
import { badParameter, badRequest, orNotFound } from '../../kit/api-error.ts';
import { MAX_SECOND_FACTORS } from '../person.ts';
import { recordForPerson } from '../record-for-person.ts';
import {
  newRecoveryCode,
  RECOVERY_CODES,
  readFactorName,
  type SecondFactor,
  sealFactor,
  storeCode,
} from './second-factor.ts';
import {
  countSecondFactors,
  deleteRecoveryCodesOf,
  deleteSecondFactor,
  insertRecoveryCodes,
  insertSecondFactor,
  listSecondFactors,
} from './second-factor-store.ts';
import { openOffer, stepOf } from './totp.ts';

/** New recovery codes, which are shown only once; null when the person has codes already. */
export type FirstCodes = readonly string[] | null;

/**
 * Makes a code app a second factor, after a code has proved that the app holds the secret.
 * @returns the recovery codes that come with the first factor
 * @throws ApiError 400 when the offer is too old, the code is wrong, or the person has the most
 * factors they may have
 */
export async function addTotp(
  act: Act,
  person_sid: string,
  entered: { readonly sealed: string; readonly code: string; readonly name: string },
): Promise<FirstCodes> {
  const { app } = act;
  const now = app.realNow();
  const offer = openOffer(app.keyRing, entered.sealed, person_sid, now);
  if (!offer) {
    throw badRequest('This secret has become too old: reload the page and begin with the new one.');
  }
  const step = stepOf(offer.secret, entered.code, now);
  if (step === null) {
    throw badParameter('Code', 'is not the one that belongs to this secret: enter the newest one');
  }
  const { sid, secret } = offer;
  return addFactor(act, {
    sid,
    person_sid,
    kind: 'totp',
    name: readFactorName(entered.name, 'Authenticator app'),
    ...sealFactor(await sealerOf(act), secret, { sid, person_sid }),
    credential_id: null,
    public_key: null,
    counter: step,
    date_created: now,
    date_last_used: null,
  });
}

/** @throws ApiError 400 when the person has the most factors they may have */
export async function addFactor(act: Act, factor: SecondFactor): Promise<FirstCodes> {
  const { person_sid, kind, name } = factor;
  const before = await countSecondFactors(act.tx, person_sid);
  if (before >= MAX_SECOND_FACTORS) {
    throw badRequest(`You may have ${MAX_SECOND_FACTORS} second factors: remove one first.`);
  }
  await insertSecondFactor(act.tx, factor);
  await recordForPerson(act, person_sid, 'second_factor.added', { kind, name });
  return before === 0 ? makeCodes(act, person_sid) : null;
}

/**
 * Removes a second factor, and with the last one the recovery codes. The caller must have checked
 * that the person proved their identity a moment ago.
 * @throws ApiError 404 when the person has no such factor
 */
export async function removeFactor(act: Act, person_sid: string, sid: string): Promise<void> {
  const removed = orNotFound(await deleteSecondFactor(act.tx, person_sid, sid));
  const { kind, name } = removed;
  await recordForPerson(act, person_sid, 'second_factor.removed', { kind, name });
  if ((await countSecondFactors(act.tx, person_sid)) === 0) {
    await deleteRecoveryCodesOf(act.tx, person_sid);
  }
}

/** Removes all second factors of a person who lost them. Only the operator can do this. */
export async function removeEveryFactor(act: Act, person_sid: string): Promise<void> {
  for (const { sid } of await listSecondFactors(act.tx, person_sid)) {
    await removeFactor(act, person_sid, sid);
  }
}

/**
 * Replaces all recovery codes by new ones.
 * @throws ApiError 400 when the person has no second factor
 */
export async function replaceRecoveryCodes(act: Act, person_sid: string): Promise<string[]> {
  if ((await countSecondFactors(act.tx, person_sid)) === 0) {
    throw badRequest('Recovery codes come with a second factor: add one first.');
  }
  await recordForPerson(act, person_sid, 'recovery_codes.replaced');
  return makeCodes(act, person_sid);
}

async function makeCodes({ app, tx }: Act, person_sid: string): Promise<string[]> {
  await deleteRecoveryCodesOf(tx, person_sid);
  const codes = Array.from({ length: RECOVERY_CODES }, () => newRecoveryCode(app.randomBytes));
  const stored = codes.map((code) => storeCode(app.randomBytes, code, person_sid));
  await insertRecoveryCodes(tx, person_sid, stored);
  return codes;
}
