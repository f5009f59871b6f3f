import type { Selectable } from 'kysely';
import type { App } from '../app.ts';
import type { Act } from '../audit/act.ts';
import type { Tables } from '../db/tables.ts';
import { keyIdOf } from '../kit/seal.ts';
import {
  fetchSipPasswordsNotSealedBy,
  insertSipPassword,
  updateSealedSipPassword,
} from './sip-password-store.ts';

/** The password of a call to a SIP address, sealed; no representation reads it. */
export type SipPassword = Selectable<Tables['call_sip_passwords']>;

type Ring = App['keyRing'];
type Place = Pick<SipPassword, 'call_sid' | 'account_sid'>;

/** What a sealed password is bound to: it opens for no other call. */
function rowOf({ call_sid, account_sid }: Place): string {
  return `call_sip_password|${account_sid}|${call_sid}`;
}

function seal(ring: Ring, password: string, place: Place) {
  const sealed = ring.seal(password, rowOf(place));
  return { sealed, sealed_with: keyIdOf(sealed) };
}

/** The password itself; only for the carrier that is asked for it. */
export function openSipPassword(ring: Ring, stored: SipPassword): string {
  return ring.open(stored.sealed, rowOf(stored));
}

/** Keeps the password of a call that is being made. */
export async function keepSipPassword(act: Act, place: Place, password: string): Promise<void> {
  const { app, tx, now, actor } = act;
  await insertSipPassword(tx, {
    ...place,
    ...seal(app.keyRing, password, place),
    created_by_grant: actor.grant_sid,
    date_created: now,
  });
}

/** Seals passwords with the ring's first key that another one sealed. @returns how many. */
export async function resealSipPasswords({ app, tx }: Act, limit: number): Promise<number> {
  const { keyRing } = app;
  const found = await fetchSipPasswordsNotSealedBy(tx, keyRing.currentKeyId, limit);
  for (const stored of found) {
    const sealed = seal(keyRing, openSipPassword(keyRing, stored), stored);
    await updateSealedSipPassword(tx, stored.call_sid, sealed);
  }
  return found.length;
}
