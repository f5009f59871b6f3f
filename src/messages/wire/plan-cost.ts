import { z } from 'zod';
import type { Act } from '../../audit/act.ts';
import { lineUpOf } from '../../carriers/line-up.ts';
import { handOver } from '../../jobs/hand-over.ts';
import type { Shape, Steps } from '../../jobs/step.ts';
import type { NextStep, Step } from '../../jobs/task.ts';
import type { EpochMs } from '../../kit/utc.ts';
import type { Message } from '../message.ts';
import { fetchRefs } from './carrier-ref-store.ts';

/**
 * The carrier is asked for the price of a message that has ended. The task is not the message's own,
 * so the message can be changed and deleted meanwhile.
 */
export interface CostStep extends Step {
  readonly name: 'ask';
  readonly message_sid: string;
  readonly by: string;
  /** The id of the message there. */
  readonly ref: string;
  /** The number of times that the carrier was asked. */
  readonly asked: number;
}

export const COST_STEPS: Steps<CostStep> = {
  kind: 'cost',
  schema: z.object({
    name: z.literal('ask'),
    message_sid: z.string(),
    by: z.string(),
    ref: z.string(),
    asked: z.number(),
  } satisfies Shape<CostStep>),
};

/** The pauses before the questions, because a price may come long after the end of its message. */
const PAUSES_MS = [60_000, 60 * 60_000, 24 * 60 * 60_000];

/** The next question; null: there were enough. */
export function nextQuestion(step: CostStep, now: EpochMs): NextStep<CostStep> | null {
  const pause = PAUSES_MS[step.asked];
  return pause === undefined ? null : { step, date_next: now + pause };
}

/** Plans the questions for the price of a message that has ended, if its carrier can be asked. */
export async function planCost(
  doing: Act,
  { sid: message_sid, account_sid, root_sid }: Message,
  by: string,
): Promise<void> {
  if (!lineUpOf(doing.app).wires.get(by)?.cost) return;
  const [known] = await fetchRefs(doing.tx, message_sid);
  if (known?.carrier !== by || known.ref === '') return;
  const step = { name: 'ask', message_sid, by, ref: known.ref, asked: 0 } as const;
  const next = nextQuestion(step, doing.now);
  const sid = `CO${message_sid.slice(2)}`;
  if (next) await handOver(doing, { sid, account_sid, root_sid, kind: 'cost' }, next);
}
