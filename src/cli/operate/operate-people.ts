import { isMainAccount } from '../../access/principal.ts';
import type { App } from '../../app.ts';
import { act } from '../../audit/act.ts';
import { OPERATOR } from '../../audit/audit-event.ts';
import { ConfigError } from '../../config.ts';
import type { Tx } from '../../db/database.ts';
import { createPerson } from '../../people/create-person.ts';
import { removeEveryFactor } from '../../people/factors/change-second-factors.ts';
import { makePasswordLink } from '../../people/links/make-link.ts';
import { normalEmail, type Person, readEmail, readName } from '../../people/person.ts';
import { fetchPersonByEmail, listEveryPerson } from '../../people/person-store.ts';
import { hashPassword } from '../../people/sign-in/password.ts';
import { demandGoodPassword } from '../../people/sign-in/password-rule.ts';
import { demandAccount } from '../demand-account.ts';

export async function listPeople({ database }: App): Promise<Record<string, string>[]> {
  const people = await listEveryPerson(database.db);
  return people.map(({ sid, email, name, is_operator, date_disabled }) => ({
    sid,
    email,
    operator: is_operator ? 'yes' : 'no',
    disabled: date_disabled === null ? 'no' : 'yes',
    name,
  }));
}

/** Makes a person. Without a password it returns the secret of a link that sets one. */
export async function createFromCommand(
  app: App,
  wanted: {
    readonly email: string;
    readonly name: string;
    readonly accountSid?: string;
    readonly operator?: boolean;
    readonly password: string | null;
  },
): Promise<{ person: Person; secret: string | null }> {
  const { accountSid, operator: is_operator = false, password } = wanted;
  const email = readEmail(wanted.email);
  const name = readName(wanted.name);
  if (password !== null) await demandGoodPassword(password, { email, name });
  const password_hash = password === null ? null : await hashPassword(app, password);
  return act(app, OPERATOR, async (doing) => {
    if (accountSid !== undefined) await demandMainAccount(doing.tx, accountSid);
    const person = await createPerson(doing, {
      email,
      name,
      password_hash,
      account_sid: accountSid ?? null,
      own_account: accountSid === undefined && !is_operator,
      is_operator,
    });
    const secret = password === null ? await makePasswordLink(doing, person) : null;
    return { person, secret };
  });
}

async function demandMainAccount(tx: Tx, sid: string): Promise<void> {
  const account = await demandAccount(tx, sid);
  if (!isMainAccount(account)) {
    throw new ConfigError(
      `${sid} is a subaccount; people use its main account, ${account.owner_account_sid}.`,
    );
  }
  if (account.status === 'closed') {
    throw new ConfigError(`The account ${sid} is closed; tieline accounts list has the others.`);
  }
}

/** The secret of a link that sets a person's password. */
export async function resetPassword(
  app: App,
  email: string,
  removeSecondFactors: boolean,
): Promise<string> {
  return act(app, OPERATOR, async (doing) => {
    const person = await fetchPersonByEmail(doing.tx, normalEmail(email));
    if (!person) {
      throw new ConfigError(`No person has the address ${email}; tieline people list shows all.`);
    }
    if (removeSecondFactors) await removeEveryFactor(doing, person.sid);
    return makePasswordLink(doing, person);
  });
}
