import type { App } from '../app.ts';
import type { SecurityEventsTable } from '../db/tables/security-tables.ts';
import { deleteSecurityEventsBefore, insertSecurityEvent } from './security-event-store.ts';

/**
 * What concerns the security of a person, an account or the platform: sign-ins and what was refused,
 * changes of what somebody signs in with, credentials used elsewhere than before. Each event is a row,
 * for people themselves and for operators, and a line of the log. It holds no secret, nor what
 * somebody entered.
 */
export interface SecurityEvent {
  /** `<thing>.<past participle>`, such as `sign_in.refused`. */
  readonly kind: string;
  readonly person_sid?: string | null;
  readonly account_sid?: string | null;
  readonly address?: string | null;
  readonly detail?: Readonly<Record<string, string | number | boolean | null>>;
}

/** How long events are kept. */
export const SECURITY_EVENTS_KEPT_MS = 180 * 24 * 3_600_000;
/** Rows of a kind that one process writes in a minute for what was refused; the log has more. */
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

/** Rows of the current minute, by kind. */
const written = new WeakMap<App, { readonly minute: number; readonly rows: Map<string, number> }>();

/**
 * Notes an event that no change goes with, such as a refusal, without anybody's waiting for it. Very many
 * of them fill the log, and not the database. Each kind has room of its own, so that many of one
 * hide none of another.
 * @returns the SID of its row; null where there is no room for one.
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

/** Takes the room of one row. */
function hasRoom(app: App, kind: string): boolean {
  const minute = Math.floor(app.realNow() / MINUTE_MS);
  const so_far = written.get(app);
  const rows = so_far?.minute === minute ? so_far.rows : new Map<string, number>();
  written.set(app, { minute, rows });
  const taken = rows.get(kind) ?? 0;
  if (taken >= MAX_REFUSALS_A_MINUTE) return false;
  rows.set(kind, taken + 1);
  return true;
}

/** Deletes the events that are past their time. For a worker to run now and then. */
export async function pruneSecurityEvents({ database, realNow }: App): Promise<void> {
  const before = realNow() - SECURITY_EVENTS_KEPT_MS;
  for (;;) {
    const deleted = await database.write((tx) => deleteSecurityEventsBefore(tx, before, BATCH));
    if (deleted < BATCH) return;
  }
}
