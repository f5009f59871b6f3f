import { fetchActingAccount } from '../accounts/account-store.ts';
import type { App } from '../app.ts';
import type { Act } from '../audit/act.ts';
import type { NewEntry } from '../carrier/timeline.ts';
import { addToTimeline } from '../carrier/timeline-store.ts';
import { SIMULATED } from '../carriers/carrier-plan.ts';
import { choose as chooseCarrier } from '../carriers/choose.ts';
import { lineUpOf } from '../carriers/line-up.ts';
import type { MessageCarrier } from '../carriers/message-carrier.ts';
import type { Tx } from '../db/database.ts';
import { doTask } from '../jobs/do-task.ts';
import { readStep } from '../jobs/step.ts';
import type { NextStep, Task } from '../jobs/task.ts';
import { findNumber, linkOfNumber } from '../numbers/incoming-phone-number-store.ts';
import { answerMessage } from './answer-message.ts';
import { type FetchedMedia, fetchMediaFiles } from './fetch-media.ts';
import { deleteMediaOf, fetchAllMedia, fillMedia } from './media-store.ts';
import type { Message } from './message.ts';
import { channelOf, numberIn } from './message-address.ts';
import {
  MESSAGE_STEPS,
  type MessageStep,
  type ReceiveStep,
  type SendStep,
} from './message-step.ts';
import { aheadOfMessage, holdMessage, updateMessage } from './message-store.ts';
import { receiveMessage } from './receive-message.ts';
import { failMessage, releaseMessage } from './release-message.ts';
import { reportMessage } from './report-message.ts';
import { findLoop } from './wire/find-loop.ts';
import { followWire } from './wire/follow-wire.ts';
import { nextLook } from './wire/next-look.ts';
import { type Leaving as LeavingStep, submitMessage } from './wire/submit-message.ts';

type Next = NextStep<MessageStep> | null;

/** Does the next step of an outgoing or incoming message. */
export async function carryMessage(app: App, task: Task): Promise<void> {
  const step = readStep(MESSAGE_STEPS, task.step);
  switch (step.name) {
    case 'release':
      return record(app, task, (act, now) => releaseMessage(act, now, step, task.date_next));
    case 'send':
      return send(app, task, step);
    case 'sent':
      return record(app, task, async (act, now) => {
        await reportMessage(act, now, { status: 'sent' });
        const receipt = lineUpOf(app).simulated.receiptOf(numberIn(now.to));
        if (receipt === null) return null;
        return { step: { ...step, name: 'end' }, date_next: task.date_next + receipt.outcome_ms };
      });
    case 'end':
      return record(app, task, (act, now) => end(act, now, step, task.date_next));
    case 'submitted':
    case 'awaited':
      return followWire(app, task, step);
    case 'receive':
      return receive(app, task, step);
    case 'ask':
      return answerMessage(app, task, step);
  }
}

async function record(...doing: Parameters<typeof recorded>): Promise<void> {
  await recorded(...doing);
}

/** Records a step of a message. @returns whether the lease was still this worker's */
async function recorded(
  app: App,
  task: Task,
  deed: (act: Act, message: Message) => Promise<Next>,
): Promise<boolean> {
  const resource = {
    hold: (tx: Tx) => holdMessage(tx, app.database.engine, task),
    ahead: aheadOfMessage(task),
    grantOf: ({ created_by_grant }: Message) => created_by_grant,
  };
  return doTask(app, task, resource, deed);
}

async function send(app: App, task: Task, step: SendStep) {
  const fetched = await fetchMissing(app, task);
  let leaving: Leaving | null = null;
  const isRecorded = await recorded(app, task, async (act, accepted) => {
    leaving = null;
    await keepMedia(act, accepted, fetched);
    const now = await choose(act, accepted, step);
    if (fetched.error_code !== null) return failMessage(act, now, fetched.error_code, step);
    const carrier = await carrierOf(act, now);
    if (carrier === null) return failMessage(act, now, 21612, step);
    // A simulated message is as late as its step. A real one is late by the clock, after any outage.
    const late = carrier === SIMULATED ? task.date_next : act.now;
    if (late > step.valid_until) return failMessage(act, now, 30036, step);
    const loop = carrier === SIMULATED ? null : await findLoop(act, now, step.hops);
    if (loop !== null) return failMessage(act, now, loop, step);
    const message =
      now.status === 'sending' ? now : await reportMessage(act, now, { status: 'sending' });
    if (carrier !== SIMULATED) {
      const { hops, obfuscates_to, valid_until } = step;
      leaving = { carrier, message, valid_until, hops };
      const next = {
        name: 'submitted',
        hops,
        obfuscates_to,
        valid_until,
        by: carrier.name,
        since: act.app.realNow(),
      } as const;
      return { step: next, date_next: nextLook(carrier, next, act.now) };
    }
    const { outcome, outcome_ms } = lineUpOf(app).simulated.submit(numberIn(now.to));
    const name = outcome === 'refused' ? 'end' : 'sent';
    return { step: { ...step, name }, date_next: task.date_next + outcome_ms };
  });
  const out = leaving as Leaving | null;
  if (isRecorded && out) await submitMessage(app, out.carrier, out.message, out);
}

/** A message whose task says that it is leaving. */
interface Leaving extends LeavingStep {
  readonly carrier: MessageCarrier;
  readonly message: Message;
}

/** Chooses the number of a message that a messaging service sends, and queues the message. */
async function choose(act: Act, message: Message, { from }: SendStep): Promise<Message> {
  if (message.from !== null || from === undefined) return message;
  return reportMessage(act, await updateMessage(act.tx, message, { from }), { status: 'queued' });
}

/** The carrier of a message whose sender is chosen; null: none takes it any more. */
async function carrierOf(
  { app, tx }: Act,
  message: Message,
): Promise<MessageCarrier | typeof SIMULATED | null> {
  const { to, from, account_sid, root_sid, created_by_grant: grant_sid } = message;
  const link = from === null ? null : await linkOfNumber(tx, numberIn(from));
  const wanted = { traffic: 'messages', to, from, account_sid, root_sid, grant_sid, link } as const;
  const { plan, wires } = lineUpOf(app);
  const { carrier } = chooseCarrier(plan, wanted);
  if (carrier === null) return null;
  return wires.get(carrier) ?? SIMULATED;
}

async function fetchMissing(app: App, { account_sid, sid: message_sid }: Task) {
  // Only a message of the kind MMS has files.
  const media = message_sid.startsWith('MM')
    ? await fetchAllMedia(app.database.db, { account_sid, message_sid })
    : [];
  return fetchMediaFiles(
    app,
    media.filter(({ content }) => content === null),
  );
}

async function keepMedia(act: Act, message: Message, { files, entries }: FetchedMedia) {
  for (const { sid, content_type, content } of files) {
    await fillMedia(act.tx, sid, { content_type, content, date_updated: act.now });
  }
  await addToTimeline(act.tx, message, act.now, entries);
}

async function end(act: Act, message: Message, step: SendStep, due: number): Promise<Next> {
  const to = numberIn(message.to);
  const { simulated } = lineUpOf(act.app);
  if (simulated.submit(to).outcome === 'refused') return failMessage(act, message, 30008, step);
  const isReached = simulated.receiptOf(to)?.outcome === 'delivered';
  const arrives = isReached && (await arriveHere(act, message, step, due));
  const { obfuscates_to } = step;
  const report = arrives
    ? ({ status: 'delivered', obfuscates_to } as const)
    : ({ status: 'undelivered', error_code: 30003, obfuscates_to } as const);
  await reportMessage(act, message, report);
  return null;
}

/**
 * Delivers a message to a number on this platform. @returns false when that number's account is not
 * active.
 */
async function arriveHere(
  act: Act,
  message: Message,
  { hops }: SendStep,
  due: number,
): Promise<boolean> {
  const { tx } = act;
  const number = await findNumber(tx, numberIn(message.to));
  if (!number || message.from === null) return true;
  const account = await fetchActingAccount(tx, number.account_sid);
  if (account?.status !== 'active') return false;
  const { account_sid, sid: message_sid, from, body } = message;
  const media = await fetchAllMedia(tx, { account_sid, message_sid });
  await receiveMessage(act, account, number, {
    from,
    channel: channelOf(message.to),
    body: body ?? '',
    media: media.map(({ content_type, content }) => ({ content_type, content, source_url: null })),
    due,
    hops: hops + 1,
  });
  return true;
}

/** Receives a message after its files were fetched. A file that cannot be fetched is left out. */
async function receive(app: App, task: Task, { hops }: ReceiveStep) {
  const fetched = await fetchMissing(app, task);
  await record(app, task, async (act, now) => {
    await keepMedia(act, now, fetched);
    const { account_sid, sid: message_sid } = now;
    await deleteMediaOf(act.tx, { account_sid, message_sid }, 'missing');
    const num_media = fetched.files.length;
    const notes: NewEntry[] =
      fetched.error_code === null
        ? []
        : [{ kind: 'note', detail: { code: fetched.error_code, message: LEFT_OUT } }];
    await reportMessage(act, await updateMessage(act.tx, now, { num_media }), RECEIVED, notes);
    const step: MessageStep = { name: 'ask', hops, documents: 0, next: null };
    return { step, date_next: task.date_next };
  });
}

const RECEIVED = { status: 'received' } as const;
const LEFT_OUT = 'A media file could not be fetched; it and those behind it were left out.';
