import type { App } from '../app.ts';
import type { Act } from '../audit/act.ts';
import { Slot } from '../kit/kept.ts';
import { writeStep } from './step.ts';
import type { NextStep, Task } from './task.ts';
import { deleteTask, putTask } from './task-store.ts';

/** The worker of this server's tasks. */
const LISTENER = new Slot<(() => void) | null>(() => null);

/** Calls `listener` whenever there is a new task; null ends it. */
export function onHandOver(app: App, listener: (() => void) | null): void {
  app.kept.set(LISTENER, listener);
}

/**
 * Hands a thing over to the workers, such as a message or a call, in the transaction that made it:
 * they have it exactly if that commits. If they have it already, this replaces its next step, and
 * a step that a worker is just doing for it is not recorded any more.
 */
export async function handOver(
  { app, tx }: Act,
  thing: Pick<Task, 'sid' | 'account_sid' | 'kind'>,
  { step, date_next }: NextStep,
): Promise<void> {
  await putTask(tx, { ...thing, step: writeStep(thing.kind, step), date_next });
  app.kept.get(LISTENER)?.();
}

/** Takes a thing back: nothing more is done about it. */
export async function takeBack({ tx }: Act, sid: string): Promise<void> {
  await deleteTask(tx, sid);
}
