import type { Db } from '../../db/database.ts';
import { fetchPage, type Page, type PageRequest } from '../../db/keyset.ts';
import type { ByocTrunk } from '../../voice/byoc-trunk.ts';
import type { ConnectionPolicy } from '../../voice/connection-policy.ts';
import { treeOf } from '../parts/doer-store.ts';

/** Reads the connection policies in all accounts of a customer. */

/** Newest first. */
export function listPoliciesOfTree(
  db: Db,
  owner_account_sid: string,
  page: PageRequest,
): Promise<Page<ConnectionPolicy>> {
  const query = db
    .selectFrom('connection_policies')
    .selectAll()
    .where('account_sid', 'in', treeOf(db, owner_account_sid));
  return fetchPage(query, page);
}

export async function fetchPolicyOfTree(
  db: Db,
  owner_account_sid: string,
  sid: string,
): Promise<ConnectionPolicy | undefined> {
  return db
    .selectFrom('connection_policies')
    .selectAll()
    .where('sid', '=', sid)
    .where('account_sid', 'in', treeOf(db, owner_account_sid))
    .executeTakeFirst();
}

/** The trunks whose calls follow some policies, oldest first. */
export async function listTrunksOfPolicies(
  db: Db,
  policies: readonly ConnectionPolicy[],
): Promise<ByocTrunk[]> {
  if (policies.length === 0) return [];
  const accounts = [...new Set(policies.map(({ account_sid }) => account_sid))];
  const sids = policies.map(({ sid }) => sid);
  return db
    .selectFrom('byoc_trunks')
    .selectAll()
    .where('account_sid', 'in', accounts)
    .where('connection_policy_sid', 'in', sids)
    .orderBy('sid')
    .execute();
}
