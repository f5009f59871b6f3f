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
 * Hands a resource, such as a message or a call, over to the workers. This happens in the
 * transaction that made it, so the workers have it only if that commits. For a resource that they
 * have already, this replaces its next step, and a step that a worker is doing now is dropped.
 */
export async function handOver(
  { app, tx }: Act,
  thing: Pick<Task, 'sid' | 'account_sid' | 'kind'>,
  { step, date_next }: NextStep,
): Promise<void> {
  await putTask(tx, { ...thing, step: writeStep(thing.kind, step), date_next });
  app.kept.get(LISTENER)?.();
}

/** Takes a resource back from the workers: they do nothing more with it. */
export async function takeBack({ tx }: Act, sid: string): Promise<void> {
  await deleteTask(tx, sid);
}
