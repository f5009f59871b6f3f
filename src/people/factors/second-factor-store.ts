import type { Insertable } from 'kysely';
import type { Db, Tx } from '../../db/database.ts';
import { countRows } from '../../db/limit.ts';
import type { Tables } from '../../db/tables/tables.ts';
import type { SecondFactor, StoredCode } from './second-factor.ts';

export async function insertSecondFactor(
  tx: Tx,
  factor: Insertable<Tables['second_factors']>,
): Promise<void> {
  await tx.insertInto('second_factors').values(factor).execute();
}

/** A person's second factors, oldest first. */
export async function listSecondFactors(db: Db, person_sid: string): Promise<SecondFactor[]> {
  return db
    .selectFrom('second_factors')
    .selectAll()
    .where('person_sid', '=', person_sid)
    .orderBy('date_created')
    .orderBy('sid')
    .execute();
}

export async function hasSecondFactor(db: Db, person_sid: string): Promise<boolean> {
  return (await countSecondFactors(db, person_sid)) > 0;
}

export async function hasPasskey(db: Db, person_sid: string): Promise<boolean> {
  const passkeys = db.selectFrom('second_factors').where('kind', '=', 'passkey');
  return (await countRows(passkeys.where('person_sid', '=', person_sid))) > 0;
}

export function countSecondFactors(db: Db, person_sid: string): Promise<number> {
  return countRows(db.selectFrom('second_factors').where('person_sid', '=', person_sid));
}

/**
 * Changes a factor's counter from one value to another when the factor is used.
 * @returns false when the counter no longer has the first value, because the factor was used
 *   meanwhile
 */
export async function advanceCounter(
  tx: Tx,
  { sid, counter }: Pick<SecondFactor, 'sid' | 'counter'>,
  next: number,
  date_last_used: number,
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('second_factors')
    .set({ counter: next, date_last_used })
    .where('sid', '=', sid)
    .where('counter', '=', counter)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

export async function deleteSecondFactor(
  tx: Tx,
  person_sid: string,
  sid: string,
): Promise<SecondFactor | undefined> {
  return tx
    .deleteFrom('second_factors')
    .where('person_sid', '=', person_sid)
    .where('sid', '=', sid)
    .returningAll()
    .executeTakeFirst();
}

export async function insertRecoveryCodes(
  tx: Tx,
  person_sid: string,
  codes: readonly StoredCode[],
): Promise<void> {
  const rows = codes.map((code) => ({ person_sid, ...code }));
  await tx.insertInto('recovery_codes').values(rows).execute();
}

/** A person's unused codes. */
export function listRecoveryCodes(db: Db, person_sid: string): Promise<StoredCode[]> {
  return db
    .selectFrom('recovery_codes')
    .select(['digest', 'salt'])
    .where('person_sid', '=', person_sid)
    .execute();
}

/** Uses up a code. @returns false when the code does not exist */
export async function deleteRecoveryCode(
  tx: Tx,
  person_sid: string,
  digest: string,
): Promise<boolean> {
  const { numDeletedRows } = await tx
    .deleteFrom('recovery_codes')
    .where('person_sid', '=', person_sid)
    .where('digest', '=', digest)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

export async function deleteRecoveryCodesOf(tx: Tx, person_sid: string): Promise<void> {
  await tx.deleteFrom('recovery_codes').where('person_sid', '=', person_sid).execute();
}

export function countRecoveryCodes(db: Db, person_sid: string): Promise<number> {
  return countRows(db.selectFrom('recovery_codes').where('person_sid', '=', person_sid));
}
