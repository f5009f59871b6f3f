import type { Engine, Tx } from './open-database.ts';

/**
 * Holds an account's row until the transaction ends, so that processes which count its things
 * against a limit do so one after the other. SQLite has one writer and needs no lock.
 */
export async function lockAccount(tx: Tx, engine: Engine, account_sid: string): Promise<void> {
  if (engine === 'sqlite') return;
  await tx
    .selectFrom('accounts')
    .select('sid')
    .where('sid', '=', account_sid)
    .forUpdate()
    .execute();
}
