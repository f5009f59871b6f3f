import type { Act } from '../audit/act.ts';
import { fetchGrantsOfApp } from '../authorizations/grant-store.ts';
import type { ConnectApp } from '../connect-apps/connect-app.ts';
import { updateConnectApp } from '../connect-apps/connect-app-store.ts';
import { revokeGrant } from './revoke-grant.ts';

/** Deletes a Connect app and revokes all its grants. */
export async function deleteConnectApp(act: Act, app: ConnectApp): Promise<void> {
  const { tx, now, record } = act;
  for (const grant of await fetchGrantsOfApp(tx, app.sid)) {
    await revokeGrant(act, grant, 'app deleted');
  }
  await updateConnectApp(tx, app.account_sid, app.sid, { date_deleted: now, date_updated: now });
  record({ action: 'connect_app.deleted', account_sid: app.account_sid, target_sid: app.sid });
}
