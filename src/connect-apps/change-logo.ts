import { hash } from 'node:crypto';
import type { Act } from '../audit/act.ts';
import type { ConnectApp } from './connect-app.ts';
import { deleteLogoOf, fetchLogoDigests, upsertLogo } from './logo-store.ts';

/**
 * Gives an app a logo in place of the one that it may have.
 * @param png what `readLogo` made of an upload, before the deed: reading takes its time.
 * @returns the digest that the logo is shown by.
 */
export async function setLogo(act: Act, connectApp: ConnectApp, png: Buffer): Promise<string> {
  const { tx, now } = act;
  const sha256 = hash('sha256', png);
  const { sid } = connectApp;
  if ((await fetchLogoDigests(tx, [sid])).get(sid) === sha256) return sha256;
  const stored = { sha256, png: png.toString('base64'), date_created: now };
  await upsertLogo(tx, { connect_app_sid: sid, ...stored });
  recordChange(act, connectApp, sha256);
  return sha256;
}

/** Takes an app's logo away, if it has one. */
export async function deleteLogo(act: Act, connectApp: ConnectApp): Promise<void> {
  if (await deleteLogoOf(act.tx, connectApp.sid)) recordChange(act, connectApp, null);
}

function recordChange(act: Act, { account_sid, sid }: ConnectApp, sha256: string | null): void {
  const action = 'connect_app.logo_changed';
  act.record({ action, account_sid, target_sid: sid, detail: { sha256 } });
}
