import type { Act } from '../audit/act.ts';
import { badRequest } from '../kit/api-error.ts';
import { demandOtherOperator, type LastOperator } from '../people/change-person.ts';
import { endPasswordLinks } from '../people/links/one-time-link-store.ts';
import type { Person } from '../people/person.ts';
import { deletePersonRows, listAccountsAlone } from '../people/person-life-store.ts';
import { recordForPerson, recordForPlatform } from '../people/record-for-person.ts';
import { changeAccountStatus } from './change-account-status.ts';

/** The treatment of accounts that lose their last person. */
export type LeftAccounts = 'keep' | 'close';

/**
 * Deletes a person: login, factors, sessions and memberships. The audit logs keep the person's
 * actions under their SID. The person's email address can be used again.
 * @param left_accounts null: no choice was made. It may be null when the person is the last of no
 *   account.
 * @returns the accounts that nobody can sign in to now.
 * @throws ApiError 400 when the person is the last of an account and `left_accounts` is null, or
 *   when the person is the last operator and `options` do not allow that.
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
      `${email} is the last person of ${sids}: choose whether to keep or to close these accounts.`,
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
