import { hash } from 'node:crypto';
import type { Act } from '../audit/act.ts';
import type { ConnectApp } from './connect-app.ts';
import { fetchLogoDigests, upsertLogo } from './logo-store.ts';

/**
 * Sets or replaces the logo of an app.
 * @param png the result of `readLogo`. Reading takes long, so it happens before the deed.
 * @returns the digest in the logo's address.
 */
export async function setLogo(act: Act, connectApp: ConnectApp, png: Buffer): Promise<string> {
  const { tx, now, record } = act;
  const sha256 = hash('sha256', png);
  const { account_sid, root_sid, sid } = connectApp;
  if ((await fetchLogoDigests(tx, [sid])).get(sid) === sha256) return sha256;
  const stored = { sha256, png: png.toString('base64'), date_created: now };
  await upsertLogo(tx, { connect_app_sid: sid, root_sid, ...stored });
  const action = 'connect_app.logo_changed';
  record({ action, account_sid, target_sid: sid, detail: { sha256 } });
  return sha256;
}
