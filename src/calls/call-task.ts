import type { App } from '../app.ts';
import type { Act } from '../audit/act.ts';
import { dispositionOf } from '../carrier/destination.ts';
import { doTask } from '../jobs/do-task.ts';
import type { NextStep, Task } from '../jobs/task.ts';
import { type Call, isLive } from './call.ts';
import type { CallStep } from './call-step.ts';
import { findCallLocked } from './call-store.ts';

/** What is next with a call; null: it has ended. */
export type NextCallStep = NextStep<CallStep> | null;

/**
 * How long a call that waits for another one lets pass before it looks by itself. Whatever ends
 * the other one wakes it, so that this is for a world that was restored or damaged.
 */
export const WATCH_MS = 60 * 60_000;
const MS_PER_REAL_SECOND = 1_000;
/** Simulated seconds pass this fast, and never take longer than so long, by the product's clock. */
const MS_PER_SECOND = 20;
const MAX_PASSING_MS = 1_000;

/** Whether somebody stays on the line, so that the call takes as long as it says. */
export function isInRealTime({ direction, to }: Pick<Call, 'direction' | 'to'>): boolean {
  return direction !== 'inbound' && dispositionOf(to) === 'stays';
}

/** How long seconds of a call take. */
export function waitFor(call: Pick<Call, 'direction' | 'to'>, seconds: number): number {
  if (isInRealTime(call)) return seconds * MS_PER_REAL_SECOND;
  return Math.min(seconds * MS_PER_SECOND, MAX_PASSING_MS);
}

/**
 * Records a step of a call as it is by now, which may not be as it was read before. What follows
 * from it is of the app whose URL runs the call.
 */
export async function recordStep(
  app: App,
  task: Task,
  { sid, url_by_grant }: Pick<Call, 'sid' | 'url_by_grant'>,
  deed: (act: Act, call: Call) => Promise<NextCallStep>,
): Promise<void> {
  await doTask(app, task, url_by_grant, async (act) => {
    const call = await findCallLocked(act.tx, app.database.engine, sid);
    return call && isLive(call) ? deed(act, call) : null;
  });
}
