import type { Db } from '../db/database.ts';
import { prepared } from '../db/prepared.ts';

/** The app of a grant, and the account whose token signs requests to the app. */
export interface Signer {
  readonly connect_app_sid: string | null;
  readonly signing_account_sid: string;
}

const selectSigner = prepared((db, { grant_sid }: { grant_sid: string }) =>
  db
    .selectFrom('grants')
    .innerJoin('connect_apps', 'connect_apps.sid', 'grants.connect_app_sid')
    .select([
      'connect_apps.sid as connect_app_sid',
      'connect_apps.account_sid as signing_account_sid',
    ])
    .where('grants.sid', '=', grant_sid),
);

/** The signer for a grant: the owner of its app. */
export async function fetchSigner(db: Db, grant_sid: string): Promise<Signer | undefined> {
  return (await selectSigner(db, { grant_sid }))[0];
}
