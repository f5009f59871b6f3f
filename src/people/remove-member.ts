import type { Act } from '../audit/act.ts';
import { lockAccount } from '../db/limit.ts';
import { badRequest, orNotFound } from '../kit/api-error.ts';
import { deleteOpenInvitations } from './links/one-time-link-store.ts';
import { countMembers, deleteMembership } from './person-store.ts';

/**
 * Removes a person from a main account. Every request reads the person's accounts, so the access
 * ends at once. The person and their other accounts stay. The account's open invitations end too,
 * because the removed person may hold the link of one.
 * @throws ApiError 404 when the person is not of the account, 400 when they are its last person
 */
export async function removeMember(
  { app, tx, record }: Act,
  account_sid: string,
  person_sid: string,
): Promise<void> {
  await lockAccount(tx, app.database.engine, account_sid);
  const before = await countMembers(tx, account_sid);
  orNotFound(await deleteMembership(tx, account_sid, person_sid));
  if (before <= 1) {
    throw badRequest('The last person of an account cannot be removed: add somebody else first.');
  }
  record({ action: 'person.removed', account_sid, target_sid: person_sid });
  for (const email of await deleteOpenInvitations(tx, account_sid)) {
    record({ action: 'invitation.withdrawn', account_sid, target_sid: null, detail: { email } });
  }
}
