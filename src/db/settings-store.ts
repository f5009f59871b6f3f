import type { Db, Tx } from './database.ts';

/** Facts about the database itself, by name. */
export async function readSetting(db: Db, name: string): Promise<string | undefined> {
  const found = await db
    .selectFrom('settings')
    .select('value')
    .where('name', '=', name)
    .executeTakeFirst();
  return found?.value;
}

export async function writeSetting(tx: Tx, name: string, value: string): Promise<void> {
  await tx
    .insertInto('settings')
    .values({ name, value })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
    .execute();
}
