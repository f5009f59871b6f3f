import type { Act } from '../audit/act.ts';
import { badRequest } from '../kit/api-error.ts';
import { endPasswordLinks } from './links/one-time-link-store.ts';
import { type Person, readName } from './person.ts';
import { lockOperators, updatePerson } from './person-life-store.ts';
import { type PersonAction, recordForPerson, recordForPlatform } from './record-for-person.ts';
import { endAllSessions } from './sign-in/end-session.ts';

/** Allows to lose the last operator. Afterwards only the command line can make another one. */
export interface LastOperator {
  readonly even_last?: boolean;
}

/** Renames a person. @throws ApiError 400 for an invalid name */
export async function renamePerson(act: Act, { sid }: Person, text: string): Promise<void> {
  const name = readName(text);
  await updatePerson(act.tx, sid, { name, date_updated: act.app.realNow() });
  await tell(act, sid, 'person.renamed', { name });
}

/**
 * Keeps a person from signing in until they are enabled. Their sessions and password links end at
 * once. Their accounts, factors and entries in the audit logs stay.
 * @returns the number of ended sessions
 * @throws ApiError 400 for the last operator, unless `LastOperator` allows it
 */
export async function disablePerson(
  act: Act,
  person: Person,
  options: LastOperator = {},
): Promise<number> {
  if (person.date_disabled !== null) return 0;
  await demandOtherOperator(act, person, options);
  const now = act.app.realNow();
  await updatePerson(act.tx, person.sid, { date_disabled: now, date_updated: now });
  await endPasswordLinks(act.tx, person.email, now);
  await tell(act, person.sid, 'person.disabled');
  return endAllSessions(act, person.sid);
}

/** Lets a person sign in again, with their earlier password and factors. */
export async function enablePerson(act: Act, person: Person): Promise<void> {
  if (person.date_disabled === null) return;
  const date_updated = act.app.realNow();
  await updatePerson(act.tx, person.sid, { date_disabled: null, date_updated });
  await tell(act, person.sid, 'person.enabled');
}

/**
 * Makes a person an operator, or takes that away. Every request reads it, so it takes effect at
 * once.
 * @throws ApiError 400 for the last operator, unless `LastOperator` allows it
 */
export async function changeOperator(
  act: Act,
  person: Person,
  is_operator: 0 | 1,
  options: LastOperator = {},
): Promise<void> {
  if (person.is_operator === is_operator) return;
  if (is_operator === 0) await demandOtherOperator(act, person, options);
  await updatePerson(act.tx, person.sid, { is_operator, date_updated: act.app.realNow() });
  await tell(act, person.sid, is_operator === 1 ? 'operator.added' : 'operator.removed');
}

/** @throws ApiError 400 when there is no other operator who can sign in */
export async function demandOtherOperator(
  { app, tx }: Act,
  { sid, email }: Person,
  { even_last = false }: LastOperator,
): Promise<void> {
  const operators = await lockOperators(tx, app.database.engine);
  if (even_last || !operators.includes(sid) || operators.length > 1) return;
  throw badRequest(
    `${email} is the last operator, and nobody else could open the page Platform: make somebody else one first.`,
  );
}

async function tell(
  act: Act,
  person_sid: string,
  action: PersonAction,
  detail: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  await recordForPerson(act, person_sid, action, detail);
  recordForPlatform(act, person_sid, action, detail);
}
