import type { App } from '../app.ts';
import type { Act } from '../audit/act.ts';
import { sealerOf } from '../audit/sealer.ts';
import type { Call } from './call.ts';
import { insertSipPassword, type SipPassword } from './sip-password-store.ts';

type Place = Pick<SipPassword, 'call_sid' | 'account_sid'>;

/** The text to which a sealed password is bound, so that it opens for no other call. */
export function rowOfSipPassword({ call_sid, account_sid }: Place): string {
  return `call_sip_password|${account_sid}|${call_sid}`;
}

/** The plain password, for the carrier only. */
export function openSipPassword(ring: App['keyRing'], stored: SipPassword): string {
  return ring.open(stored.sealed, rowOfSipPassword(stored));
}

/** Stores the password of a new call. */
export async function keepSipPassword(
  act: Act,
  { sid: call_sid, account_sid, root_sid }: Pick<Call, 'sid' | 'account_sid' | 'root_sid'>,
  password: string,
): Promise<void> {
  const place = { call_sid, account_sid };
  const { tx, now, actor } = act;
  const { key_id, seal } = await sealerOf(act);
  await insertSipPassword(tx, {
    ...place,
    root_sid,
    sealed: seal(password, rowOfSipPassword(place)),
    sealed_with: key_id,
    created_by_grant: actor.grant_sid,
    date_created: now,
  });
}
