import type { Act } from '../audit/act.ts';
import {
  deleteDocuments,
  deleteTimeline,
  listDeliveriesInTimeline,
} from '../carrier/timeline-store.ts';
import { takeBack } from '../jobs/hand-over.ts';
import { fetchTask } from '../jobs/task-store.ts';
import { ApiError, badParameter, orNotFound } from '../kit/api-error.ts';
import { deleteDeliveries } from '../webhooks/delivery-store.ts';
import { TWIML_KINDS } from '../webhooks/webhook.ts';
import { deleteFeedback } from './feedback-store.ts';
import { deleteMedia, deleteMediaOf } from './media-store.ts';
import { hasEnded, type Message } from './message.ts';
import { deleteMessageRow, fetchMessage, updateMessage } from './message-store.ts';
import { MAX_VALIDITY_SECONDS } from './new-message.ts';
import { reportMessage } from './report-message.ts';
import { deleteRefs } from './wire/carrier-ref-store.ts';

/** The changes of a message: its body can be removed, and a scheduled message canceled. */
export interface MessageChanges {
  readonly body?: string | null;
  readonly status?: 'canceled';
}

/** The longest validity of a message. No delivery report comes later. */
const LAST_REPORT_MS = MAX_VALIDITY_SECONDS * 1_000;

/**
 * Empties the body of a message, or cancels a scheduled message.
 * @throws ApiError 404; 400/20001 for a body that is not empty; 409/30409 when the message is no
 *   longer scheduled; 409/20009 while it is on its way.
 */
export async function changeMessage(
  act: Act,
  account_sid: string,
  sid: string,
  { body, status }: MessageChanges,
): Promise<Message> {
  const { tx, now, record } = act;
  let message = orNotFound(await fetchMessage(tx, account_sid, sid));
  if (body !== undefined && body !== null) {
    throw badParameter('Body', 'may only be emptied');
  }
  if (status !== undefined) message = await cancelMessage(act, message);
  if (body !== undefined) {
    await demandComplete(act, message);
    await forgetAsked(act, message);
    message = await updateMessage(tx, message, { body: null, date_updated: now });
    record({ action: 'message.redacted', account_sid, target_sid: sid });
  }
  return message;
}

async function cancelMessage(act: Act, message: Message): Promise<Message> {
  if (message.status !== 'scheduled') {
    const why = `The message is ${message.status}; only a scheduled one can be canceled`;
    throw new ApiError(409, 30409, why);
  }
  return callOff(act, message);
}

/** Cancels a message that is scheduled. */
export async function callOff(act: Act, message: Message): Promise<Message> {
  const { account_sid, sid } = message;
  await takeBack(act, sid);
  await deleteMediaOf(act.tx, { account_sid, message_sid: sid }, 'missing');
  const canceled = await reportMessage(act, message, { status: 'canceled' });
  act.record({ action: 'message.canceled', account_sid, target_sid: sid });
  return canceled;
}

/**
 * Deletes a message with its files. Its usage stays counted.
 * @throws ApiError 404; 409/20009 while it is scheduled or on its way.
 */
export async function deleteMessage(act: Act, account_sid: string, sid: string): Promise<void> {
  const message = orNotFound(await fetchMessage(act.tx, account_sid, sid));
  await demandComplete(act, message);
  await removeMessage(act, message);
  act.record({ action: 'message.deleted', account_sid, target_sid: sid });
}

/** Deletes a complete message, with its files, its timeline and its feedback. */
export async function removeMessage(act: Act, message: Message): Promise<void> {
  const { tx } = act;
  const { account_sid, sid } = message;
  await deleteMediaOf(tx, { account_sid, message_sid: sid }, 'all');
  await deleteFeedback(tx, sid);
  await forgetAsked(act, message);
  await deleteTimeline(tx, sid);
  await deleteRefs(tx, sid);
  await deleteMessageRow(tx, message);
}

/** Removes the text and the files of a complete message. */
export async function emptyMessage(act: Act, message: Message): Promise<void> {
  const { account_sid, sid } = message;
  await deleteMediaOf(act.tx, { account_sid, message_sid: sid }, 'all');
  await forgetAsked(act, message);
  await updateMessage(act.tx, message, { body: null, date_updated: act.now });
}

/**
 * Deletes a file of a message.
 * @throws ApiError 404; 409/20009 while the message is on its way.
 */
export async function deleteMessageMedia(
  act: Act,
  place: { readonly account_sid: string; readonly message_sid: string },
  sid: string,
): Promise<void> {
  orNotFound(await deleteMedia(act.tx, place, sid));
  const { account_sid, message_sid } = place;
  const message = await fetchMessage(act.tx, account_sid, message_sid);
  if (message) await demandComplete(act, message);
  act.record({ action: 'media.deleted', account_sid, target_sid: sid });
}

/** Deletes the failed requests for TwiML and the documents of a message, because they hold texts. */
async function forgetAsked({ tx }: Act, message: Message): Promise<void> {
  const sids = await listDeliveriesInTimeline(tx, message);
  await deleteDeliveries(tx, message.account_sid, sids, TWIML_KINDS);
  await deleteDocuments(tx, message.sid);
}

/**
 * Whether a message is complete: the carrier has no task for it, and no delivery report can come
 * any more.
 */
async function demandComplete({ tx, now }: Act, message: Message): Promise<void> {
  const { sid, status, date_sent } = message;
  const isUnreported = status === 'sent' && now - (date_sent ?? now) >= LAST_REPORT_MS;
  if ((hasEnded(message) || isUnreported) && !(await fetchTask(tx, sid))) return;
  const why = `The message is ${status} and has not ended yet; wait until it has ended`;
  throw new ApiError(409, 20009, why);
}
