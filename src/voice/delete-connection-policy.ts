import type { Act } from '../audit/act.ts';
import { conflict } from '../kit/api-error.ts';
import { findTrunkOfPolicy } from './byoc-trunk-store.ts';
import type { ConnectionPolicy } from './connection-policy.ts';
import { deletePolicyRow } from './connection-policy-store.ts';
import { deleteTargetsOf } from './target-store.ts';

/**
 * Deletes a policy with its targets.
 * @throws ApiError 409/20409 naming a trunk that still uses it.
 */
export async function deleteConnectionPolicy(act: Act, policy: ConnectionPolicy): Promise<void> {
  const { tx, record } = act;
  const trunk = await findTrunkOfPolicy(tx, policy.account_sid, policy.sid);
  if (trunk) {
    throw conflict(
      `The connection policy is used by BYOC trunk ${trunk.sid}; give that trunk another one first`,
    );
  }
  await deleteTargetsOf(tx, policy.sid);
  await deletePolicyRow(tx, policy.account_sid, policy.sid);
  record({
    action: 'connection_policy.deleted',
    account_sid: policy.account_sid,
    target_sid: policy.sid,
  });
}
