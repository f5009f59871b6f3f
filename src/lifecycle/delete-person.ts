import type { Act } from '../audit/act.ts';
import { badRequest } from '../kit/api-error.ts';
import { demandOtherOperator, type LastOperator } from '../people/change-person.ts';
import { endPasswordLinks } from '../people/links/one-time-link-store.ts';
import type { Person } from '../people/person.ts';
import { deletePersonRows, listAccountsAlone } from '../people/person-life-store.ts';
import { recordForPerson, recordForPlatform } from '../people/record-for-person.ts';
import { changeAccountStatus } from './change-account-status.ts';

/** What becomes of the accounts that nobody else can sign in to. */
export type LeftAccounts = 'keep' | 'close';

/**
 * Deletes a person: login, factors, sessions and memberships. What they did stays in the audit
 * logs under their SID, and their address is free again.
 * @param left_accounts null: they are the last in no account.
 * @returns the accounts that nobody can sign in to now.
 * @throws ApiError 400 when they are the last in an account and nothing was said of it, or when they are the
 * last operator, unless that is said.
 */
export async function deletePerson(
  act: Act,
  person: Person,
  left_accounts: LeftAccounts | null,
  options: LastOperator = {},
): Promise<string[]> {
  const { app, tx } = act;
  const { sid, email } = person;
  await demandOtherOperator(act, person, options);
  const alone = await listAccountsAlone(tx, sid);
  if (alone.length > 0 && left_accounts === null) {
    const sids = alone.map((account) => account.sid).join(', ');
    throw badRequest(
      `${email} is the last person of ${sids}: say whether to keep or to close what nobody can sign in to then.`,
    );
  }
  await recordForPerson(act, sid, 'person.deleted', { email });
  recordForPlatform(act, sid, 'person.deleted', { email });
  if (left_accounts === 'close') {
    for (const account of alone) await changeAccountStatus(act, account, 'closed');
  }
  await endPasswordLinks(tx, email, app.realNow());
  await deletePersonRows(tx, sid);
  return alone.map((account) => account.sid);
}
