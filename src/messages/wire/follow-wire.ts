import type { App } from '../../app.ts';
import { lineUpOf } from '../../carriers/line-up.ts';
import { ALIKE_MS, type Asked, type MessageCarrier } from '../../carriers/message-carrier.ts';
import type { Task } from '../../jobs/task.ts';
import { byDeadline } from '../../kit/by-deadline.ts';
import type { Message } from '../message.ts';
import type { WireStep } from '../message-step.ts';
import { countAlike, fetchMessage } from '../message-store.ts';
import { fetchRefs } from './carrier-ref-store.ts';
import { settleWire } from './settle-wire.ts';

/** The longest wait for an answer about a message. It is shorter than the lease of a task. */
const ASK_MS = 30_000;
const OVER = 'the validity of the message is over';
const UNANSWERED = `${OVER}, and nobody knows whether the far side got it`;

/**
 * Looks after a message on a wire whose time has come: asks the far side for it, if the carrier can,
 * and ends it when its validity is over. Nothing is sent again.
 */
export async function followWire(app: App, task: Task, step: WireStep): Promise<void> {
  const { by, valid_until, asked = 0 } = step;
  const { sid } = task;
  const carrier = lineUpOf(app).wires.get(by);
  const message = await fetchMessage(app.database.db, task.account_sid, sid);
  if (carrier && message) {
    const answer = await ask(app, carrier, message, step);
    if (answer.is === 'seen') {
      const { state, code, ref } = answer;
      const detail = 'the far side was asked for it';
      const taken = ref === null ? {} : { taken: { refs: [ref], parts: 1 } };
      const news = { ...taken, asked: asked + 1 };
      await settleWire(app, { sid, by, event: state, code, detail, ...news });
    } else if (app.now() < valid_until) {
      const { detail } = answer;
      await settleWire(app, { sid, by, event: 'unknown', detail, asked: asked + 1 });
    }
  }
  if (app.now() < valid_until) return;
  const detail = step.name === 'submitted' ? UNANSWERED : OVER;
  await settleWire(app, { sid, by, event: 'expired', detail });
}

async function ask(
  app: App,
  carrier: MessageCarrier,
  message: Message,
  { by, since }: WireStep,
): Promise<Asked> {
  const unseen = (detail: string): Asked => ({ is: 'unseen', detail });
  if (!carrier.ask) return unseen('the carrier cannot be asked');
  const { sid, to, from, body } = message;
  const [known] = await fetchRefs(app.database.db, sid);
  const ref = known?.carrier === by && known.ref !== '' ? known.ref : null;
  if (ref === null && (since === undefined || body === null || from === null)) {
    return unseen('nothing is left by which it could be found');
  }
  const submitted_at = since ?? app.realNow();
  const begin = app.now() - (app.realNow() - submitted_at) - ALIKE_MS;
  const alike = ref === null ? await countAlike(app.database.db, message, begin) : 1;
  const wanted = { sid, to, from: from ?? '', body: body ?? '', ref, submitted_at, alike };
  try {
    const late = () => unseen(`no answer within ${ASK_MS / 1_000} s`);
    return await byDeadline(carrier.ask(wanted), ASK_MS, late);
  } catch {
    return unseen('the carrier broke off');
  }
}
