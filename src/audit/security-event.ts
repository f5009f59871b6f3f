import type { App } from '../app.ts';
import type { SecurityEventsTable } from '../db/tables/security-tables.ts';
import { Slot } from '../kit/kept.ts';
import { deleteSecurityEventsBefore, insertSecurityEvent } from './security-event-store.ts';

/**
 * An event about the security of a person, an account or the platform: sign-ins and refusals,
 * changes of passwords and factors, credentials used from a new network. Each event is a row, which
 * the person and operators can see, and a line of the log. It holds no secret and no entered text.
 */
export interface SecurityEvent {
  /** `<thing>.<past participle>`, such as `sign_in.refused`. */
  readonly kind: string;
  readonly person_sid?: string | null;
  readonly account_sid?: string | null;
  readonly address?: string | null;
  readonly detail?: Readonly<Record<string, string | number | boolean | null>>;
}

/** The time for which events are kept. */
export const SECURITY_EVENTS_KEPT_MS = 180 * 24 * 3_600_000;
/**
 * The most rows of a kind that a process writes in a minute for refusals. The log has all of them.
 */
export const MAX_REFUSALS_A_MINUTE = 600;
export const MINUTE_MS = 60_000;
const BATCH = 500;

export function securityRow(app: App, event: SecurityEvent): SecurityEventsTable {
  const { kind, person_sid = null, account_sid = null, address = null, detail = {} } = event;
  const texts = { kind, person_sid, account_sid, address, detail: JSON.stringify(detail) };
  return { sid: app.newSid('SE'), date_created: app.realNow(), ...texts };
}

/** Writes an event as a line of the log. */
export function logSecurityEvent({ log }: Pick<App, 'log'>, event: SecurityEvent): void {
  const { kind: security_event, detail, ...who } = event;
  const level = /\.(?:refused|delayed|used_elsewhere)$/.test(security_event) ? 'warn' : 'info';
  log[level]({ security_event, ...who, ...detail }, 'a security event');
}

/** The rows of the present minute, by kind. */
const WRITTEN = new Slot<{ readonly minute: number; readonly rows: Map<string, number> } | null>(
  () => null,
);

/**
 * Notes an event without a change, such as a refusal. The request does not wait for it. Beyond a
 * limit only the log has the event, not the database. Each kind has its own limit, so that many
 * events of one kind hide none of another.
 * @returns the SID of the row; null beyond the limit
 */
export function noteSecurityEvent(app: App, event: SecurityEvent): string | null {
  logSecurityEvent(app, event);
  if (!hasRoom(app, event.kind)) return null;
  const row = securityRow(app, event);
  app.database
    .write((tx) => insertSecurityEvent(tx, row))
    .catch((err: unknown) => {
      app.log.warn({ err }, 'a security event could not be written down');
    });
  return row.sid;
}

/** Takes one row from the limit. */
function hasRoom(app: App, kind: string): boolean {
  const minute = Math.floor(app.realNow() / MINUTE_MS);
  const so_far = app.kept.get(WRITTEN);
  const rows = so_far?.minute === minute ? so_far.rows : new Map<string, number>();
  app.kept.set(WRITTEN, { minute, rows });
  const taken = rows.get(kind) ?? 0;
  if (taken >= MAX_REFUSALS_A_MINUTE) return false;
  rows.set(kind, taken + 1);
  return true;
}

/** Deletes old events. A worker calls it at intervals. */
export async function pruneSecurityEvents({ database, realNow }: App): Promise<void> {
  const before = realNow() - SECURITY_EVENTS_KEPT_MS;
  for (;;) {
    const deleted = await database.write((tx) => deleteSecurityEventsBefore(tx, before, BATCH));
    if (deleted < BATCH) return;
  }
}
