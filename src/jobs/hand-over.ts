import type { App } from '../app.ts';
import type { Act } from '../audit/act.ts';
import { writeStep } from './step.ts';
import type { NextStep, Task } from './task.ts';
import { deleteTask, putTask } from './task-store.ts';

/** Who carries what is handed over, for each server of this process. */
const LISTENERS = new WeakMap<App, () => void>();

/** Calls `listener` whenever the carrier has something new to do; null ends it. */
export function onHandOver(app: App, listener: (() => void) | null): void {
  if (listener) LISTENERS.set(app, listener);
  else LISTENERS.delete(app);
}

/**
 * Hands the carrier a message, a call or whatever it is to act on, in the transaction that made
 * it: the carrier has it exactly if that commits. Of a thing that it has already, this replaces
 * what was next, and what a worker is just doing for it is not recorded any more.
 *
 * The table is the whole interface to a carrier: it takes its tasks from there, and reports by the
 * deeds of each feature (`messages/report-message.ts`, `calls/report-call.ts`). A carrier of wires
 * in place of the simulated one is another worker over the same rows.
 */
export async function handOver(
  { app, tx }: Act,
  thing: Pick<Task, 'sid' | 'account_sid' | 'kind'>,
  { step, date_next }: NextStep,
): Promise<void> {
  await putTask(tx, { ...thing, step: writeStep(thing.kind, step), date_next });
  LISTENERS.get(app)?.();
}

/** Takes a thing back from the carrier: nothing more is done about it. */
export async function takeBack({ tx }: Act, sid: string): Promise<void> {
  await deleteTask(tx, sid);
}
