import type { Db, Tx } from '../../db/database.ts';
import { countRows } from '../../db/limit.ts';
import type { OneTimeLink } from './one-time-link.ts';

export async function insertLink(tx: Tx, link: OneTimeLink): Promise<void> {
  await tx.insertInto('one_time_links').values(link).execute();
}

/** Finds a link that still works. */
export async function fetchOpenLink(
  db: Db,
  digest: string,
  now: number,
): Promise<OneTimeLink | undefined> {
  return db
    .selectFrom('one_time_links')
    .selectAll()
    .where('digest', '=', digest)
    .where('date_used', 'is', null)
    .where('date_expires', '>', now)
    .executeTakeFirst();
}

/** Uses up a link; undefined when it no longer works. */
export async function takeLink(
  tx: Tx,
  digest: string,
  purpose: OneTimeLink['purpose'],
  now: number,
): Promise<OneTimeLink | undefined> {
  return tx
    .updateTable('one_time_links')
    .set({ date_used: now })
    .where('digest', '=', digest)
    .where('purpose', '=', purpose)
    .where('date_used', 'is', null)
    .where('date_expires', '>', now)
    .returningAll()
    .executeTakeFirst();
}

/** Ends all other password links of an address. */
export async function endPasswordLinks(tx: Tx, email: string, now: number): Promise<void> {
  await tx
    .updateTable('one_time_links')
    .set({ date_used: now })
    .where('email', '=', email)
    .where('purpose', '=', 'password')
    .where('date_used', 'is', null)
    .execute();
}

/** The open invitations to an account, newest first; null for those without an account. */
export async function listOpenInvitations(
  db: Db,
  account_sid: string | null,
  now: number,
): Promise<OneTimeLink[]> {
  return openInvitations(db, account_sid, now)
    .selectAll()
    .orderBy('date_created', 'desc')
    .orderBy('digest')
    .execute();
}

export function countOpenInvitations(
  db: Db,
  account_sid: string | null,
  now: number,
): Promise<number> {
  return countRows(openInvitations(db, account_sid, now));
}

/** Deletes an account's invitation for an address. */
export async function deleteInvitations(
  tx: Tx,
  account_sid: string | null,
  email: string,
): Promise<boolean> {
  const { numDeletedRows } = await tx
    .deleteFrom('one_time_links')
    .where('account_sid', account_sid === null ? 'is' : '=', account_sid)
    .where('email', '=', email)
    .where('purpose', '=', 'invitation')
    .where('date_used', 'is', null)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

/** Deletes every open invitation to an account. @returns their addresses */
export async function deleteOpenInvitations(tx: Tx, account_sid: string): Promise<string[]> {
  const deleted = await tx
    .deleteFrom('one_time_links')
    .where('account_sid', '=', account_sid)
    .where('purpose', '=', 'invitation')
    .where('date_used', 'is', null)
    .returning('email')
    .execute();
  return deleted.map(({ email }) => email);
}

export async function deleteLinksBefore(tx: Tx, date_expires: number): Promise<void> {
  await tx.deleteFrom('one_time_links').where('date_expires', '<', date_expires).execute();
}

function openInvitations(db: Db, account_sid: string | null, now: number) {
  return db
    .selectFrom('one_time_links')
    .where('account_sid', account_sid === null ? 'is' : '=', account_sid)
    .where('purpose', '=', 'invitation')
    .where('date_used', 'is', null)
    .where('date_expires', '>', now);
}
