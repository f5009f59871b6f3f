import type { App } from '../app.ts';
import { atCommit } from '../db/at-commit.ts';
import type { Ahead, Tx } from '../db/database.ts';
import type { Labels, Metric } from '../kit/metrics.ts';
import type { EpochMs } from '../kit/utc.ts';
import { APPEND } from './audit-chain-store.ts';
import { type Actor, type AuditEvent, auditRow } from './audit-event.ts';
import { logSecurityEvent, type SecurityEvent, securityRow } from './security-event.ts';
import { insertSecurityEvent } from './security-event-store.ts';

/**
 * One change to the product's data: its transaction, its author and its time. A deed takes an `Act`
 * and records its changes with it. The records are in the audit log exactly if the change commits.
 */
export interface Act {
  readonly app: App;
  readonly tx: Tx;
  readonly actor: Actor;
  readonly now: EpochMs;
  readonly record: (event: AuditEvent) => void;
  /** Records a security event, with the address of the change's author. */
  readonly recordSecurity: (event: SecurityEvent) => void;
  /**
   * Adds to a metric when the change is durable. A change that is undone or repeated adds nothing.
   */
  readonly count: <Label extends string>(
    metric: Metric<Label>,
    labels: Labels<Label>,
    value?: number,
  ) => void;
}

/** The turn of a write, and the rows that it will need. */
interface Turn {
  /** The main account in whose turn it waits; without it, the product's own lane. */
  readonly lane?: string | undefined;
  readonly ahead?: Ahead | undefined;
}

/**
 * Runs a deed as one change. It commits together with the changes of concurrent requests
 * (`db/write-queue.ts`), and the promise resolves when it is durable.
 *
 * `actorOf` runs inside the transaction, so that the caller's rights are read there. `turn` is
 * the main account in whose turn the write waits.
 */
export async function act<T>(
  app: App,
  actorOf: Actor | ((tx: Tx) => Promise<Actor>),
  deed: (act: Act) => Promise<T>,
  turn: string | Turn = {},
): Promise<T> {
  const { lane, ahead } = typeof turn === 'string' ? { lane: turn } : turn;
  let counted: Parameters<Act['count']>[] = [];
  let security: SecurityEvent[] = [];
  const done = await app.database.write(
    async (tx) => {
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
    },
    lane,
    ahead,
  );
  for (const one of counted) app.metrics.add(...one);
  for (const event of security) logSecurityEvent(app, event);
  return done;
}
