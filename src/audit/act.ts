import type { App } from '../app.ts';
import { atCommit } from '../db/at-commit.ts';
import type { Tx } from '../db/database.ts';
import type { Labels, Metric } from '../kit/metrics.ts';
import type { EpochMs } from '../kit/utc.ts';
import { APPEND } from './audit-chain-store.ts';
import { type Actor, type AuditEvent, auditRow } from './audit-event.ts';
import { logSecurityEvent, type SecurityEvent, securityRow } from './security-event.ts';
import { insertSecurityEvent } from './security-event-store.ts';

/**
 * One change to the product's data: the transaction it happens in, who makes it and when.
 * Deeds take an `Act` and tell it what they did; what they told is in the audit log with the
 * change or not at all.
 */
export interface Act {
  readonly app: App;
  readonly tx: Tx;
  readonly actor: Actor;
  readonly now: EpochMs;
  readonly record: (event: AuditEvent) => void;
  /** Tells the log of security events, with the address that the change came from. */
  readonly recordSecurity: (event: SecurityEvent) => void;
  /** Adds to a metric once the change is durable, and not at all where it is undone or run again. */
  readonly count: <Label extends string>(
    metric: Metric<Label>,
    labels: Labels<Label>,
    value?: number,
  ) => void;
}

/**
 * Runs a deed as one change. It commits together with the changes of concurrent requests
 * (`db/write-queue.ts`), and the promise resolves when it is durable.
 *
 * `actorOf` runs inside the transaction, so that a caller's rights are read where they count.
 * `lane` is the main account whose turn it takes among the writes that wait.
 */
export async function act<T>(
  app: App,
  actorOf: Actor | ((tx: Tx) => Promise<Actor>),
  deed: (act: Act) => Promise<T>,
  lane?: string,
): Promise<T> {
  let counted: Parameters<Act['count']>[] = [];
  let security: SecurityEvent[] = [];
  const done = await app.database.write(async (tx) => {
    counted = [];
    security = [];
    const actor = typeof actorOf === 'function' ? await actorOf(tx) : actorOf;
    const now = app.now();
    const events: AuditEvent[] = [];
    const record = (event: AuditEvent): void => void events.push(event);
    const count: Act['count'] = (...one: Parameters<Act['count']>) => void counted.push(one);
    const { address = null } = actor;
    const recordSecurity: Act['recordSecurity'] = (event) =>
      void security.push({ address, ...event });
    const result = await deed({ app, tx, actor, now, record, recordSecurity, count });
    for (const event of security) await insertSecurityEvent(tx, securityRow(app, event));
    if (events.length > 0) {
      const rows = events.map((event) => auditRow(event, actor, now, app.newSid('AE')));
      atCommit(tx, APPEND[app.database.engine], rows);
    }
    return result;
  }, lane);
  for (const one of counted) app.metrics.add(...one);
  for (const event of security) logSecurityEvent(app, event);
  return done;
}
