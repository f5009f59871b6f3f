import type { Act } from '../audit/act.ts';
import { orNotFound } from '../kit/api-error.ts';
import { readPermissions, writePermissions } from '../kit/permission.ts';
import type { ConnectApp } from './connect-app.ts';
import { fetchConnectApp, updateConnectApp } from './connect-app-store.ts';
import type { NewConnectApp } from './create-connect-app.ts';

/**
 * Changes an app of an account. Only given fields change, and the audit log names the changed ones.
 * Each grant has its own copy of the permissions, so an added permission does not widen existing
 * grants. A removed permission ends for every grant.
 *
 * @throws NotFound when the account has no such app.
 */
export async function changeConnectApp(
  { tx, now, record }: Act,
  account_sid: string,
  sid: string,
  wanted: Partial<Omit<NewConnectApp, 'sid'>>,
): Promise<ConnectApp> {
  const before = orNotFound(await fetchConnectApp(tx, account_sid, sid));
  const { permissions, ...texts } = wanted;
  const given: Partial<ConnectApp> = {
    ...texts,
    ...(permissions && { permissions: writePermissions(permissions) }),
  };
  const changed = Object.entries(given).filter(
    ([name, value]) => before[name as keyof ConnectApp] !== value,
  );
  if (changed.length === 0) return before;
  const changes = Object.fromEntries(changed) as Partial<ConnectApp>;
  const app = orNotFound(
    await updateConnectApp(tx, account_sid, sid, { ...changes, date_updated: now }),
  );
  const detail = {
    ...changes,
    ...(changes.permissions && { permissions: readPermissions(changes.permissions) }),
  };
  record({ action: 'connect_app.updated', account_sid, target_sid: sid, detail });
  return app;
}
