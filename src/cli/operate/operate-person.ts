import { isAlive } from '../../access/session.ts';
import type { App } from '../../app.ts';
import { type Act, act } from '../../audit/act.ts';
import { OPERATOR } from '../../audit/audit-event.ts';
import { ConfigError } from '../../config.ts';
import { ApiError } from '../../kit/api-error.ts';
import { iso8601 } from '../../kit/utc.ts';
import { deletePerson, type LeftAccounts } from '../../lifecycle/delete-person.ts';
import {
  changeOperator,
  disablePerson,
  enablePerson,
  renamePerson,
} from '../../people/change-person.ts';
import { browserOf } from '../../people/pages/profile-views.ts';
import { normalEmail, type Person } from '../../people/person.ts';
import { listAccountsAlone } from '../../people/person-life-store.ts';
import { fetchPersonByEmail, listEveryPerson } from '../../people/person-store.ts';
import { endAllSessions } from '../../people/sign-in/end-session.ts';
import { listSessions } from '../../people/sign-in/session-life-store.ts';

/** The changes of `tieline people …` to one person. Each returns the sentences to print. */

interface LastOption {
  readonly lastOperator?: boolean;
}

export function disable(app: App, email: string, options: LastOption): Promise<string[]> {
  return change(app, email, options, async (doing, person, rights) => {
    const ended = await disablePerson(doing, person, rights);
    const alone = await listAccountsAlone(doing.tx, person.sid);
    return [
      `${person.email} may not sign in until enabled; ${sessions(ended)} ended.`,
      ...alone.map(({ sid }) => nobody(sid)),
    ];
  });
}

export function enable(app: App, email: string): Promise<string[]> {
  return change(app, email, {}, async (doing, person) => {
    await enablePerson(doing, person);
    return [`${person.email} may sign in.`];
  });
}

export function rename(app: App, email: string, name: string): Promise<string[]> {
  return change(app, email, {}, async (doing, person) => {
    await renamePerson(doing, person, name);
    return [`${person.email} has a new name.`];
  });
}

export function setOperator(
  app: App,
  email: string,
  options: LastOption & { readonly remove?: boolean },
): Promise<string[]> {
  return change(app, email, options, async (doing, person, rights) => {
    await changeOperator(doing, person, options.remove ? 0 : 1, rights);
    return [
      `${person.email} ${options.remove ? 'is no longer an operator' : 'is an operator now'}.`,
    ];
  });
}

export function remove(
  app: App,
  email: string,
  options: LastOption & { readonly keepAccounts?: boolean; readonly closeAccounts?: boolean },
): Promise<string[]> {
  const { keepAccounts = false, closeAccounts = false } = options;
  if (keepAccounts && closeAccounts) {
    throw new ConfigError('--keep-accounts and --close-accounts exclude each other.');
  }
  const left: LeftAccounts | null = closeAccounts ? 'close' : keepAccounts ? 'keep' : null;
  return change(app, email, options, async (doing, person, rights) => {
    const alone = await deletePerson(doing, person, left, rights);
    const of = (sid: string) => (left === 'close' ? `The account ${sid} is closed.` : nobody(sid));
    return [`${person.email} is deleted.`, ...alone.map(of)];
  });
}

/** Ends the sessions of one person, or of all people. */
export async function endSessions(app: App, email: string | null): Promise<string[]> {
  return act(app, OPERATOR, async (doing) => {
    const people =
      email === null ? await listEveryPerson(doing.tx) : [await demandPerson(doing, email)];
    let ended = 0;
    for (const { sid } of people) ended += await endAllSessions(doing, sid);
    return [`${sessions(ended)} ended.`];
  });
}

/** The open sessions of one person, or of all people. */
export async function showSessions(
  app: App,
  email: string | null,
): Promise<Record<string, string>[]> {
  const { db } = app.database;
  const people =
    email === null ? await listEveryPerson(db) : [await demandPerson({ tx: db }, email)];
  const rows = await Promise.all(
    people.map(async ({ sid, email }) =>
      (await listSessions(db, sid))
        .filter((session) => isAlive(session, app.realNow()))
        .map(({ user_agent, date_created, date_seen }) => ({
          email,
          since: iso8601(date_created),
          seen: iso8601(date_seen),
          browser: browserOf(user_agent),
        })),
    ),
  );
  return rows.flat();
}

const nobody = (sid: string) =>
  `Nobody can sign in to the account ${sid} now; "tieline people create --account-sid ${sid}" adds a person.`;

const sessions = (count: number) => `${count} session${count === 1 ? '' : 's'}`;

async function demandPerson({ tx }: { tx: App['database']['db'] }, email: string): Promise<Person> {
  const person = await fetchPersonByEmail(tx, normalEmail(email));
  if (person) return person;
  throw new ConfigError(`No person has the address ${email}; tieline people list shows all.`);
}

/** @throws ConfigError for an unknown person; for the last operator it names the option to use. */
function change(
  app: App,
  email: string,
  { lastOperator = false }: LastOption,
  deed: (doing: Act, person: Person, rights: { even_last: boolean }) => Promise<string[]>,
): Promise<string[]> {
  return act(app, OPERATOR, async (doing) => {
    const person = await demandPerson(doing, email);
    return deed(doing, person, { even_last: lastOperator });
  }).catch((error: unknown) => {
    if (!(error instanceof ApiError)) throw error;
    const advice = error.message.includes('last operator')
      ? ' --last-operator does it anyway; "tieline people operator EMAIL" then makes a new operator.'
      : error.message.includes('last person')
        ? ' Add --keep-accounts or --close-accounts.'
        : '';
    throw new ConfigError(`${error.message}${advice}`);
  });
}
