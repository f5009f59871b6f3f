import { laneOf } from '../../access/main-accounts.ts';
import type { App } from '../../app.ts';
import { type Act, act } from '../../audit/act.ts';
import type { Actor } from '../../audit/audit-event.ts';
import { addToTimeline } from '../../carrier/timeline-store.ts';
import type { CarrierErrorCode } from '../../carriers/carrier-error.ts';
import { lineUpOf } from '../../carriers/line-up.ts';
import type { Cost, TakenParts } from '../../carriers/message-carrier.ts';
import type { Tx } from '../../db/database.ts';
import { systemFor } from '../../jobs/do-task.ts';
import { handOver, takeBack } from '../../jobs/hand-over.ts';
import { readStep } from '../../jobs/step.ts';
import type { Task } from '../../jobs/task.ts';
import { fetchTask, holdTask } from '../../jobs/task-store.ts';
import type { Message } from '../message.ts';
import { isSenderId } from '../message-address.ts';
import { MESSAGE_STEPS, type MessageStep, type WireStep } from '../message-step.ts';
import { fetchMessage } from '../message-store.ts';
import { putOptOut } from '../opt-out-store.ts';
import { reportMessage } from '../report-message.ts';
import { keepCost } from './keep-cost.ts';
import { detailOf, keepRefs, notePart } from './message-parts.ts';
import { nextLook } from './next-look.ts';
import { planCost } from './plan-cost.ts';
import { MOVES, type WireEvent, type WireState } from './wire-fate.ts';
import { WIRE_EVENTS_TOTAL } from './wire-metrics.ts';

/** Something that happened to a message on a wire. */
export interface Happening {
  readonly sid: string;
  /** The carrier that reports it. A report of another carrier than the message's is not believed. */
  readonly by: string;
  readonly event: WireEvent;
  readonly code?: CarrierErrorCode | null;
  /** In words, for the timeline. */
  readonly detail?: string | null;
  /** After `later`: the time until the next submission. */
  readonly retry_ms?: number;
  /** The parts that the carrier took. */
  readonly taken?: TakenParts;
  /** The part that is reported, by its number; absent: the whole message. */
  readonly part?: number;
  /** After an answer to `ask`: the number of times that the far side was asked, with this one. */
  readonly asked?: number;
  /** The price that came with the report. */
  readonly cost?: Cost | undefined;
}

/**
 * Records what happened to a message on a wire, in one deed, and tells its callbacks. A repeated
 * event changes nothing.
 * @returns false when the carrier has no such message under way
 */
export async function settleWire(app: App, happening: Happening): Promise<boolean> {
  const { sid } = happening;
  const seen = await fetchTask(app.database.db, sid);
  if (!seen) return false;
  let held: { task: Task; message: Message | undefined } | null = null;
  const actorOf = async (tx: Tx): Promise<Actor> => {
    const task = await holdTask(tx, app.database.engine, sid);
    held = task ? { task, message: await fetchMessage(tx, task.account_sid, sid) } : null;
    return systemFor(held?.message?.created_by_grant ?? null);
  };
  const deed = async (doing: Act): Promise<boolean> => {
    if (!held?.message) return false;
    return settle(doing, held.task, held.message, happening);
  };
  return act(app, actorOf, deed, { lane: await laneOf(app, seen.account_sid) });
}

async function settle(
  doing: Act,
  task: Task,
  message: Message,
  happening: Happening,
): Promise<boolean> {
  const { by, code = null, detail = null, retry_ms = 0, taken, part, asked, cost } = happening;
  const step = readStep(MESSAGE_STEPS, task.step);
  const state = stateOf(step, by);
  if (state === null || !('obfuscates_to' in step)) return false;
  const { obfuscates_to } = step;
  if (taken) await keepRefs(doing, message, by, taken);
  if (cost) await keepCost(doing, message, by, cost);
  const event =
    part === undefined ? happening.event : await notePart(doing, message, { ...happening, part });
  if (event === null) return true;
  const move = MOVES[state][event];
  doing.count(WIRE_EVENTS_TOTAL, { carrier: by, event, code: code === null ? '' : String(code) });
  const note = { carrier: by, message: event, ...detailOf(detail) };
  const isTold = move.to !== state || (event === 'unknown' && asked === undefined);
  if (isTold) await addToTimeline(doing.tx, message, doing.now, [{ kind: 'note', detail: note }]);
  let now = message;
  for (const status of move.tell) {
    const isBad = status === 'failed' || status === 'undelivered';
    const reason = isBad ? { error_code: code ?? 30008, obfuscates_to } : { obfuscates_to };
    now = await reportMessage(doing, now, { status, ...reason });
    if (isBad && code === 21610) await heedStop(doing, message);
  }
  if (move.to === 'ended') await planCost(doing, message, by);
  await goOn(doing, task, step, { by, to: move.to, retry_ms, asked });
  return true;
}

/**
 * A recipient has stopped a number at the carrier, which alone may have read the word. Nothing more
 * leaves until the recipient writes START. Nobody can write to a name, so a name is not stopped.
 */
async function heedStop(
  { tx, now: date_created }: Act,
  { account_sid, root_sid, from: phone_number, to: recipient }: Message,
): Promise<void> {
  if (phone_number === null || isSenderId(phone_number)) return;
  await putOptOut(tx, { account_sid, root_sid, phone_number, recipient, date_created });
}

/** The parts of a step that its next one keeps. */
function onTheWay(step: MessageStep): Pick<WireStep, 'since' | 'asked'> {
  if (step.name !== 'submitted' && step.name !== 'awaited') return {};
  const { since, asked } = step;
  return {
    ...(since !== undefined && { since }),
    ...(asked !== undefined && { asked }),
  };
}

/** The state of a message with a task; null: the carrier does not have it. */
function stateOf(step: MessageStep, by: string): WireState | null {
  if (step.name === 'send') return step.waits_for === by ? 'waiting' : null;
  if (step.name === 'submitted' || step.name === 'awaited') {
    if (step.by !== by) return null;
    return step.name === 'submitted' ? 'submitted' : 'accepted';
  }
  return null;
}

interface Onward {
  readonly by: string;
  readonly asked: number | undefined;
  readonly to: WireState;
  readonly retry_ms: number;
}

async function goOn(
  doing: Act,
  task: Task,
  step: MessageStep,
  { by, to, retry_ms, asked }: Onward,
): Promise<void> {
  if (to === 'ended') return takeBack(doing, task.sid);
  if (!('valid_until' in step)) return;
  const { hops, obfuscates_to, valid_until } = step;
  const sending = { hops, obfuscates_to, valid_until };
  if (to === 'accepted' && (step.name !== 'awaited' || asked !== undefined)) {
    const told = asked === undefined ? {} : { asked };
    const next = { name: 'awaited' as const, ...sending, by, ...onTheWay(step), ...told };
    const date_next = nextLook(lineUpOf(doing.app).wires.get(by), next, doing.now);
    await handOver(doing, task, { step: next, date_next });
  }
  if (to === 'submitted' && step.name === 'submitted' && asked !== undefined) {
    const next = { ...step, asked };
    const date_next = nextLook(lineUpOf(doing.app).wires.get(by), next, doing.now);
    await handOver(doing, task, { step: next, date_next });
  }
  if (to === 'waiting' && step.name === 'submitted') {
    const next: MessageStep = { name: 'send', ...sending, waits_for: by };
    // A message whose validity ends during the pause fails then.
    const date_next = Math.min(doing.now + retry_ms, valid_until + 1);
    await handOver(doing, task, { step: next, date_next });
  }
}
