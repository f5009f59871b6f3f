import type { Db } from '../../db/database.ts';
import type { PageCall } from '../../http/pages/page.ts';
import { NotFound } from '../../kit/api-error.ts';
import { listPeopleOfAccount, type Member } from '../../people/person-store.ts';

/** The person of an account that `:PersonSid` of a page's path names. @throws ApiError 404 */
export async function demandMember(
  db: Db,
  account_sid: string,
  { path }: PageCall<'PersonSid'>,
): Promise<Member> {
  const people = await listPeopleOfAccount(db, account_sid);
  const member = people.find(({ sid }) => sid === path.PersonSid);
  if (!member) throw new NotFound();
  return member;
}
