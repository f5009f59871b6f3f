import type { App } from '../../app.ts';
import { lineUpOf } from '../../carriers/line-up.ts';
import type { Cost } from '../../carriers/message-carrier.ts';
import { behindLease, doTask } from '../../jobs/do-task.ts';
import { readStep } from '../../jobs/step.ts';
import type { Task } from '../../jobs/task.ts';
import { byDeadline } from '../../kit/by-deadline.ts';
import type { Message } from '../message.ts';
import { fetchMessage } from '../message-store.ts';
import { keepCost } from './keep-cost.ts';
import { COST_STEPS, nextQuestion } from './plan-cost.ts';

/** The longest wait for a price. It is shorter than the lease of a task. */
const ASK_MS = 30_000;

/** Asks a carrier for the price of a message, and keeps it. */
export async function askCost(app: App, task: Task): Promise<void> {
  const step = readStep(COST_STEPS, task.step);
  const { by, ref, message_sid } = step;
  const cost = await costOf(app, by, ref);
  const resource = {
    hold: behindLease(app, task, (tx) => fetchMessage(tx, task.account_sid, message_sid)),
    grantOf: ({ created_by_grant }: Message) => created_by_grant,
  };
  await doTask(app, task, resource, async (act, message) => {
    if (cost === null) return nextQuestion({ ...step, asked: step.asked + 1 }, act.now);
    await keepCost(act, message, by, cost);
    return null;
  });
}

/** The price at the far side; null: it tells none now. */
async function costOf(app: App, by: string, ref: string): Promise<Cost | null> {
  const carrier = lineUpOf(app).wires.get(by);
  if (!carrier?.cost) return null;
  try {
    return await byDeadline(carrier.cost(ref), ASK_MS, () => null);
  } catch {
    return null;
  }
}
