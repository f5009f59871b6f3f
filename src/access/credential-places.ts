import type { App } from '../app.ts';
import { logSecurityEvent, type SecurityEvent, securityRow } from '../audit/security-event.ts';
import { insertSecurityEvent } from '../audit/security-event-store.ts';
import type { Tx } from '../db/database.ts';
import { SPARE_LANE } from '../db/write-queue.ts';
import { DAY_MS } from '../kit/day.ts';
import { type NetworkBits, networkOf } from '../kit/network.ts';
import {
  deletePlacesBefore,
  listPlaces,
  trimPlaces,
  upsertPlace,
} from './credential-place-store.ts';
import type { Caller } from './principal.ts';

/** The bits of an address that name a place: roughly the network of one customer of a provider. */
const PLACE_BITS: NetworkBits = { ipv4: 24, ipv6: 48 };
/** A network counts as new again after this time without a use. */
export const PLACE_KEPT_MS = 30 * DAY_MS;
/** The most networks of one credential. The newest ones are kept. */
const MAX_PLACES = 100;
/** The most uses in memory. Beyond it, the memory is cleared. */
const MAX_REMEMBERED = 100_000;
const BATCH = 500;

export interface CredentialPlaces {
  /** Notes the network of a credential's use. The request does not wait for it. */
  readonly note: (caller: Caller, address: string | undefined) => void;
}

/**
 * Writes down the networks from which a credential is used, once a day at most for each. A new
 * network makes a security event, except the first one of a credential. The memory here only saves
 * writes; it decides nothing.
 */
export function openCredentialPlaces(app: App): CredentialPlaces {
  const { database, log, realNow } = app;
  const noted = new Map<string, number>();
  return {
    note(caller, address) {
      if (caller.kind === 'test') return;
      const credential_sid = caller.kind === 'key' ? caller.key_sid : tokenHolderOf(caller);
      const network = networkOf(address, PLACE_BITS);
      const use = `${credential_sid} ${network}`;
      const day = Math.floor(realNow() / DAY_MS);
      if (noted.get(use) === day) return;
      if (noted.size >= MAX_REMEMBERED) noted.clear();
      noted.set(use, day);
      const event: SecurityEvent = {
        kind: 'credential.used_elsewhere',
        account_sid: caller.kind === 'connect_app' ? caller.tenant.sid : ownerOf(caller),
        address: address ?? null,
        detail: { credential_sid, network },
      };
      const noting = async () => {
        const isNew = await database.write(
          (tx) => notePlace(app, tx, { credential_sid, network, event }),
          SPARE_LANE,
        );
        if (isNew) logSecurityEvent(app, event);
      };
      noting().catch((err: unknown) => {
        noted.delete(use);
        log.warn({ err, credential_sid }, 'the use of a credential could not be noted');
      });
    },
  };
}

/** The account of the auth token. A Connect app uses its owner's token. */
function tokenHolderOf(caller: Exclude<Caller, { kind: 'test' }>): string {
  return caller.kind === 'connect_app' ? caller.tenant.sid : caller.account.sid;
}

/** The main account, whose people see the event. */
function ownerOf({ account }: Caller): string {
  return account.owner_account_sid;
}

/** @returns whether the credential was used before, and only from other networks */
async function notePlace(
  app: App,
  tx: Tx,
  {
    credential_sid,
    network,
    event,
  }: { credential_sid: string; network: string; event: SecurityEvent },
): Promise<boolean> {
  const date_seen = app.realNow();
  const places = await listPlaces(tx, credential_sid, date_seen - PLACE_KEPT_MS);
  await upsertPlace(tx, { credential_sid, network, date_seen });
  const isNew = places.length > 0 && !places.includes(network);
  if (isNew) {
    await insertSecurityEvent(tx, securityRow(app, event));
    await trimPlaces(tx, credential_sid, MAX_PLACES);
  }
  return isNew;
}

/** Deletes the networks without a recent use. A worker calls it at intervals. */
export async function forgetPlaces({ database, realNow }: App): Promise<void> {
  const before = realNow() - PLACE_KEPT_MS;
  for (;;) {
    const deleted = await database.write((tx) => deletePlacesBefore(tx, before, BATCH));
    if (deleted < BATCH) return;
  }
}
