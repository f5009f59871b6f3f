import type { App } from '../app.ts';
import { Slot } from '../kit/kept.ts';
import { networkOf, PEER_BITS } from '../kit/network.ts';
import {
  logSecurityEvent,
  MAX_REFUSALS_A_MINUTE,
  MINUTE_MS,
  noteSecurityEvent,
  type SecurityEvent,
} from './security-event.ts';
import { updateSecurityEventDetail } from './security-event-store.ts';

/** An event that may be repeated within a minute. */
interface Repeated {
  readonly event: SecurityEvent;
  /** The SID of its row; null when there were too many rows. */
  readonly sid: string | null;
  count: number;
}

interface Counting {
  readonly minute: number;
  /** The events by kind, then by the facts that they share. */
  readonly kinds: Map<string, Map<string, Repeated>>;
}

/** The key of all further events, when there is no room for separate ones. */
const OTHERS = '';
const BATCH = 100;

const COUNTING = new Slot<Counting | null>(() => null);

/**
 * Notes an event that an attacker may repeat at will. All events of a minute from one network about
 * the same person, account and credential have one row and one line of the log. The first is noted
 * at once, and the number is added when the minute is over (`tellRepeated`).
 */
export function noteRepeated(app: App, event: SecurityEvent): void {
  const { kinds } = currentMinute(app);
  const { kind, address, ...about } = event;
  const alike = kinds.get(kind) ?? new Map<string, Repeated>();
  kinds.set(kind, alike);
  const place = networkOf(address ?? undefined, PEER_BITS);
  const isFull = alike.size >= MAX_REFUSALS_A_MINUTE - 1;
  const own = JSON.stringify([place, about]);
  const key = isFull && !alike.has(own) ? OTHERS : own;
  const found = alike.get(key);
  if (found) {
    found.count += 1;
    return;
  }
  const noted = key === OTHERS ? { kind, detail: { from: 'many networks' } } : event;
  alike.set(key, { event: noted, sid: noteSecurityEvent(app, noted), count: 1 });
}

/**
 * Adds the number of repetitions to the events of past minutes.
 * @param options `now`: whether to include the present minute
 */
export function tellRepeated(app: App, { now } = { now: false }): void {
  const so_far = app.kept.get(COUNTING);
  if (!so_far || (!now && so_far.minute === minuteOf(app))) return;
  app.kept.set(COUNTING, null);
  const all = [...so_far.kinds.values()].flatMap((alike) => [...alike.values()]);
  const repeated = all
    .filter(({ count }) => count > 1)
    .map(({ event, sid, count }) => ({ sid, event, detail: { ...event.detail, count } }));
  for (const { event, detail } of repeated) logSecurityEvent(app, { ...event, detail });
  const rows = repeated.flatMap(({ sid, detail }) => (sid === null ? [] : [{ sid, detail }]));
  for (let from = 0; from < rows.length; from += BATCH) {
    const batch = rows.slice(from, from + BATCH);
    app.database
      .write(async (tx) => {
        for (const { sid, detail } of batch) {
          await updateSecurityEventDetail(tx, sid, JSON.stringify(detail));
        }
      })
      .catch((err: unknown) => {
        app.log.warn({ err }, 'the number of security events could not be written down');
      });
  }
}

function currentMinute(app: App): Counting {
  tellRepeated(app);
  const standing = app.kept.get(COUNTING) ?? { minute: minuteOf(app), kinds: new Map() };
  app.kept.set(COUNTING, standing);
  return standing;
}

function minuteOf({ realNow }: App): number {
  return Math.floor(realNow() / MINUTE_MS);
}
