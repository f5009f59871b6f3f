import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { keyIdOf } from '../../kit/seal.ts';

interface Before {
  auth_tokens: { account_sid: string; slot: string; sealed: string; sealed_with: string };
}

/** Auth tokens name the key that sealed them, so that resealing finds them by an equality. */
export const authTokenKeys: Migration = {
  async up(db: Kysely<Before>) {
    await db.schema
      .alterTable('auth_tokens')
      .addColumn('sealed_with', 'text', (column) => column.notNull().defaultTo(''))
      .execute();
    const tokens = await db
      .selectFrom('auth_tokens')
      .select(['account_sid', 'slot', 'sealed'])
      .execute();
    for (const { account_sid, slot, sealed } of tokens) {
      await db
        .updateTable('auth_tokens')
        .set({ sealed_with: keyIdOf(sealed) })
        .where('account_sid', '=', account_sid)
        .where('slot', '=', slot)
        .execute();
    }
  },
};
