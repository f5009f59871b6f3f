import type { Session } from '../../access/session-store.ts';
import { type Act, act } from '../../audit/act.ts';
import { ApiError } from '../../kit/api-error.ts';
import { findCode, openFactor, SECOND_STEP_MS, wrongFactor } from '../factors/second-factor.ts';
import {
  advanceCounter,
  deleteRecoveryCode,
  listRecoveryCodes,
  listSecondFactors,
} from '../factors/second-factor-store.ts';
import { stepOf } from '../factors/totp.ts';
import { countAttempt, forgiveAttempt } from './count-attempt.ts';
import { findKnownPlace } from './known-place.ts';
import { deleteSessions } from './session-life-store.ts';
import { personActor, replaceSession, type SignedIn } from './sign-in.ts';
import { type Counted, countsOfSecondStep } from './sign-in-delay.ts';
import type { Visitor } from './visitor.ts';

/** A visitor whose password was right and whose second factor is missing. */
export interface HalfVisitor extends Visitor {
  readonly half_session: Session;
}

/**
 * The second step of signing in, with a code of an app or a recovery code. Attempts are counted
 * before they are checked, and no code is accepted twice.
 * @throws ApiError 403 when the code is wrong, 429 when it comes too early, 401 when the first step
 *   was too long ago
 */
export async function passCode(visitor: HalfVisitor, code: string): Promise<SignedIn> {
  const { person_sid } = visitor.half_session;
  demandFreshPassword(visitor);
  const counted = await secondStepCounts(visitor);
  await countAttempt(visitor.app, counted);
  return act(visitor.app, personActor(person_sid, visitor.network), async (doing) => {
    const isRight =
      (await takeTotp(doing, person_sid, code)) || (await takeRecovery(doing, person_sid, code));
    if (!isRight) throw wrongFactor();
    await forgiveAttempt(doing.app, doing.tx, counted);
    return finishSecondStep(doing, visitor);
  });
}

/** @throws ApiError 401 when the password was given too long ago */
export function demandFreshPassword({ app, half_session }: HalfVisitor): void {
  if (app.realNow() - half_session.date_created > SECOND_STEP_MS) throw startAgain();
}

async function secondStepCounts(visitor: HalfVisitor): Promise<Counted> {
  const { person_sid } = visitor.half_session;
  const known = await findKnownPlace(visitor, person_sid);
  return countsOfSecondStep(person_sid, visitor.network, known);
}

/**
 * Signs a person in after the right second factor.
 * @throws ApiError 401 when the half session has ended meanwhile, for example by a new password
 */
export async function finishSecondStep(doing: Act, visitor: HalfVisitor): Promise<SignedIn> {
  const { digest, person_sid } = visitor.half_session;
  if ((await deleteSessions(doing.tx, [digest])) === 0) throw startAgain();
  return replaceSession(doing, visitor, { person_sid, state: 'full' });
}

function startAgain(): ApiError {
  return new ApiError(401, 20003, 'That took too long: log in again with your password.');
}

async function takeTotp({ app, tx }: Act, person_sid: string, code: string): Promise<boolean> {
  const now = app.realNow();
  for (const factor of await listSecondFactors(tx, person_sid)) {
    if (factor.kind !== 'totp') continue;
    const step = stepOf(openFactor(app.keyRing, factor), code, now);
    if (step === null || step <= factor.counter) continue;
    return advanceCounter(tx, factor, step, now);
  }
  return false;
}

async function takeRecovery({ tx }: Act, person_sid: string, code: string): Promise<boolean> {
  const found = findCode(code, person_sid, await listRecoveryCodes(tx, person_sid));
  return found !== null && deleteRecoveryCode(tx, person_sid, found.digest);
}
