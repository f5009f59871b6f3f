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
/** Rows that one process writes in a minute for what was refused; the log has every event. */
export const MAX_REFUSALS_A_MINUTE = 600;
const MINUTE_MS = 60_000;
const BATCH = 500;

export function securityRow(app: App, event: SecurityEvent): SecurityEventsTable {
  const { kind, person_sid = null, account_sid = null, address = null, detail = {} } = event;
  const texts = { kind, person_sid, account_sid, address, detail: JSON.stringify(detail) };
  return { sid: app.newSid('SE'), date_created: app.realNow(), ...texts };
}

/** Writes an event as a line of the log. */
export function logSecurityEvent({ log }: Pick<App, 'log'>, event: SecurityEvent): void {
  const { kind: security_event, detail, ...who } = event;
  const level = /\.(?:refused|used_elsewhere)$/.test(security_event) ? 'warn' : 'info';
  log[level]({ security_event, ...who, ...detail }, 'a security event');
}

const written = new WeakMap<App, { minute: number; rows: number }>();

/**
 * Notes what no change goes with, such as a refusal, without anybody's waiting for it. Whoever makes
 * very many of them fills the log, and not the database.
 */
export function noteSecurityEvent(app: App, event: SecurityEvent): void {
  logSecurityEvent(app, event);
  const minute = Math.floor(app.realNow() / MINUTE_MS);
  const so_far = written.get(app);
  const rows = so_far?.minute === minute ? so_far.rows : 0;
  if (rows >= MAX_REFUSALS_A_MINUTE) return;
  written.set(app, { minute, rows: rows + 1 });
  const row = securityRow(app, event);
  app.database
    .write((tx) => insertSecurityEvent(tx, row))
    .catch((err: unknown) => {
      app.log.warn({ err }, 'a security event could not be written down');
    });
}

/** Deletes the events that are past their time. For a worker to run now and then. */
export async function pruneSecurityEvents({ database, realNow }: App): Promise<void> {
  const before = realNow() - SECURITY_EVENTS_KEPT_MS;
  for (;;) {
    const deleted = await database.write((tx) => deleteSecurityEventsBefore(tx, before, BATCH));
    if (deleted < BATCH) return;
  }
}
