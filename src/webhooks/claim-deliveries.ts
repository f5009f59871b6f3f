import type { App } from '../app.ts';
import type { Tx } from '../db/database.ts';
import type { EpochMs } from '../kit/utc.ts';
import { leaseDeliveries, listDueHosts, selectDue } from './delivery-store.ts';
import { type Destinations, MAX_PER_HOST } from './destinations.ts';
import { type Delivery, LEASE_MS } from './webhook.ts';

/** Hosts that are read from the outbox at once. */
const HOSTS_AT_ONCE = 100;
const LEASE_BYTES = 16;

export interface Wanted {
  /** How many deliveries. */
  readonly room: number;
  /** The host that was served last; the ones behind it have their turn. */
  readonly cursor: string;
  readonly destinations: Destinations;
  /** What this process is sending, and passes over even when its lease has run out. */
  readonly isUnderWay: (sid: string) => boolean;
}

export interface Claim {
  /** Leased to the caller, for `LEASE_MS`. */
  readonly deliveries: readonly Delivery[];
  readonly cursor: string;
}

/**
 * Leases what is due, in one deed: the hosts in turn, and of each the longest waiting, as many as
 * it may have under way. Processes that do so at once lease different deliveries.
 */
export function claimDeliveries(app: App, wanted: Wanted): Promise<Claim> {
  const { database, now, realNow, randomBytes } = app;
  const { destinations, isUnderWay } = wanted;
  return database.write(async (tx) => {
    const time = now();
    // A receiver takes real time: neither its lease nor its breaker ends when a clock is moved.
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
    return { deliveries: await leaseDeliveries(tx, sids, changes), cursor };
  });
}

/** Every host that something is due for, once, beginning behind `cursor`. */
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
