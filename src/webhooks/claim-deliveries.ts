import type { App } from '../app.ts';
import type { Tx } from '../db/database.ts';
import type { EpochMs } from '../kit/utc.ts';
import { listDueHosts, selectDue } from './delivery-store.ts';
import { type Destinations, MAX_PER_HOST } from './destinations.ts';
import { leaseDeliveries } from './lease-store.ts';
import { type Delivery, LEASE_MS } from './webhook.ts';

/** The number of hosts that one query reads from the outbox. */
const HOSTS_AT_ONCE = 100;
const LEASE_BYTES = 16;

export interface Wanted {
  /** The most deliveries to claim. */
  readonly room: number;
  /** The host that was served last; the next hosts by name have their turn. */
  readonly cursor: string;
  readonly destinations: Destinations;
  /** Whether this process is sending a delivery. Such a delivery is not claimed again. */
  readonly isUnderWay: (sid: string) => boolean;
}

export interface Claim {
  /** Leased to the caller, for `LEASE_MS`. */
  readonly deliveries: readonly Delivery[];
  readonly cursor: string;
}

/**
 * Leases due deliveries in one deed. The hosts take turns. Each host gets as many as it may have in
 * progress, the longest waiting first. Processes that claim at the same time get different ones.
 */
export function claimDeliveries(app: App, wanted: Wanted): Promise<Claim> {
  const { database, now, realNow, randomBytes } = app;
  const { destinations, isUnderWay } = wanted;
  return database.write(async (tx) => {
    const time = now();
    // Receivers need real time, so moving the product's clock ends neither leases nor breakers.
    const realTime = realNow();
    const at = { time, realTime };
    let { room, cursor } = wanted;
    const sids: string[] = [];
    for await (const host of hostsInTurn(tx, time, cursor)) {
      if (room === 0) break;
      cursor = host;
      const most = Math.min(room, destinations.room(host, realTime));
      if (most === 0) continue;
      const due = await selectDue(tx, database.engine, { host, ...at, limit: most + MAX_PER_HOST });
      const free = due.filter(({ sid }) => !isUnderWay(sid)).slice(0, most);
      sids.push(...free.map(({ sid }) => sid));
      room -= free.length;
    }
    const lease = randomBytes(LEASE_BYTES).toString('hex');
    const changes = {
      lease,
      leased_until: realTime + LEASE_MS,
      date_next: time + LEASE_MS,
      date_updated: time,
    };
    return { deliveries: await leaseDeliveries(tx, database.engine, sids, changes), cursor };
  });
}

/** Every host with a due delivery, once, starting after `cursor`. */
async function* hostsInTurn(tx: Tx, now: EpochMs, cursor: string): AsyncGenerator<string> {
  const seen = new Set<string>();
  for (const start of new Set([cursor, ''])) {
    for (let after = start, hosts: string[]; ; after = hosts.at(-1) ?? '') {
      hosts = await listDueHosts(tx, now, after, HOSTS_AT_ONCE);
      for (const host of hosts) {
        if (seen.has(host)) return;
        seen.add(host);
        yield host;
      }
      if (hosts.length < HOSTS_AT_ONCE) break;
    }
  }
}
