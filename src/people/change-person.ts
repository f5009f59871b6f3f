import type { Act } from '../audit/act.ts';
import { badRequest } from '../kit/api-error.ts';
import { endPasswordLinks } from './links/one-time-link-store.ts';
import { type Person, readName } from './person.ts';
import { lockOperators, updatePerson } from './person-life-store.ts';
import { type PersonAction, recordForPerson, recordForPlatform } from './record-for-person.ts';
import { endAllSessions } from './sign-in/end-session.ts';

/** Says that the last operator may go: only the command line lets another one in then. */
export interface LastOperator {
  readonly even_last?: boolean;
}

/** Renames a person. @throws ApiError 400 for a name that breaks its rule. */
export async function renamePerson(act: Act, { sid }: Person, text: string): Promise<void> {
  const name = readName(text);
  await updatePerson(act.tx, sid, { name, date_updated: act.app.realNow() });
  await tell(act, sid, 'person.renamed', { name });
}

/**
 * Keeps somebody from signing in until they are enabled. Their sessions and the links that set
 * their password end at once; accounts, factors and what they did stay.
 * @returns how many sessions ended.
 * @throws ApiError 400 when they are the last operator, unless that is said.
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

/** Lets somebody sign in again, with the password and the factors that they had. */
export async function enablePerson(act: Act, person: Person): Promise<void> {
  if (person.date_disabled === null) return;
  const date_updated = act.app.realNow();
  await updatePerson(act.tx, person.sid, { date_disabled: null, date_updated });
  await tell(act, person.sid, 'person.enabled');
}

/**
 * Makes somebody an operator, or an operator nobody but a person. Read with every request, so it holds at once.
 * @throws ApiError 400 when they are the last operator, unless that is said.
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

/** @throws ApiError 400 when nobody else could run the platform in the console. */
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
