import type { App } from '../app.ts';
import type { Act } from '../audit/act.ts';
import { Slot } from '../kit/kept.ts';
import { writeStep } from './step.ts';
import type { NextStep, Task } from './task.ts';
import { deleteTask, insertTask, putTask } from './task-store.ts';

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
 * @param is_new whether this transaction made the resource, so that the workers have no step of it
 */
export async function handOver(
  { app, tx }: Act,
  { sid, account_sid, root_sid, kind }: Pick<Task, 'sid' | 'account_sid' | 'root_sid' | 'kind'>,
  { step, date_next }: NextStep,
  { is_new = false }: { readonly is_new?: boolean } = {},
): Promise<void> {
  const write = is_new ? insertTask : putTask;
  await write(tx, { sid, account_sid, root_sid, kind, step: writeStep(kind, step), date_next });
  app.kept.get(LISTENER)?.();
}

/** Takes a resource back from the workers: they do nothing more with it. */
export async function takeBack({ tx }: Act, sid: string): Promise<void> {
  await deleteTask(tx, sid);
}
