import { fetchActingAccount } from '../accounts/account-store.ts';
import {
  createEndpoint,
  deleteEndpoint,
  fetchEndpoint,
  listEndpoint,
  updateEndpoint,
} from '../http/endpoint.ts';
import { dateFilters, spanOf } from '../http/parameters/date-filters.ts';
import { clearableText, fields, oneOf } from '../http/parameters/fields.ts';
import { orNotFound } from '../kit/api-error.ts';
import { readFilterEnds } from '../numbers/read-ends.ts';
import { changeMessage, deleteMessage } from './change-message.ts';
import { FEEDBACK, OUTCOMES, presentFeedback } from './feedback.ts';
import { putFeedback } from './feedback-store.ts';
import { foreseeMessage } from './foresee-message.ts';
import { BODY_LENGTH, MESSAGE, presentMessage } from './message.ts';
import { readAddress } from './message-address.ts';
import { NEW_MESSAGE_FIELDS, newMessageOf } from './message-fields.ts';
import { fetchMessage, listMessages } from './message-store.ts';
import { pretendSend } from './pretend-send.ts';
import { sendMessage } from './send-message.ts';

const LIST = '/2010-04-01/Accounts/:AccountSid/Messages' as const;
const INSTANCE = `${LIST}/:Sid` as const;
const ADDRESS_LENGTH = 100;

/** A number as a filter. An obscured number is compared as it is written. */
const address = clearableText(ADDRESS_LENGTH);

export const messageEndpoints = [
  listEndpoint({
    id: 'ListMessage',
    summary: 'The messages of the account, the newest first',
    path: LIST,
    operation: 'resource.read',
    input: fields({
      To: address.optional(),
      From: address.optional(),
      ...dateFilters('DateSent'),
    }),
    resource: MESSAGE,
    async handle({ db, account_sid, input }, page) {
      const ends = await readFilterEnds(db, account_sid, input);
      const [to, from] = [ends.to, ends.from].map((text) => text && (readAddress(text) ?? text));
      const sent = spanOf(input, 'date_sent');
      return listMessages(db, account_sid, { to, from, sent }, page);
    },
    present: presentMessage,
  }),

  createEndpoint({
    id: 'CreateMessage',
    summary: 'Sends a message now or at a given time',
    path: LIST,
    operation: 'resource.write',
    input: fields(NEW_MESSAGE_FIELDS),
    resource: MESSAGE,
    async handle(call) {
      const { tx, account_sid, input, hops, record } = call;
      const account = orNotFound(await fetchActingAccount(tx, account_sid));
      const message = await sendMessage(call, account, { ...newMessageOf(input), hops });
      record({ action: 'message.created', account_sid, target_sid: message.sid });
      return presentMessage(message);
    },
    foresees: (tx, call) => foreseeMessage(tx, call, newMessageOf(call.input)),
    pretends: (call) => pretendSend(call, newMessageOf(call.input)),
  }),

  fetchEndpoint({
    id: 'FetchMessage',
    summary: 'One message',
    path: INSTANCE,
    operation: 'resource.read',
    resource: MESSAGE,
    find: ({ db, account_sid, path }) => fetchMessage(db, account_sid, path.Sid),
    present: presentMessage,
  }),

  updateEndpoint({
    id: 'UpdateMessage',
    summary: 'Empties the body of a message, or cancels a scheduled one',
    path: INSTANCE,
    operation: 'resource.write',
    input: fields({
      Body: clearableText(BODY_LENGTH).optional(),
      Status: oneOf(['canceled']).optional(),
    }),
    resource: MESSAGE,
    async handle(call) {
      const { account_sid, path, input } = call;
      return presentMessage(await changeMessage(call, account_sid, path.Sid, input));
    },
  }),

  deleteEndpoint({
    id: 'DeleteMessage',
    summary: 'Deletes an ended message with its media',
    path: INSTANCE,
    operation: 'resource.write',
    resource: MESSAGE,
    async handle(call) {
      await deleteMessage(call, call.account_sid, call.path.Sid);
    },
  }),

  updateEndpoint({
    id: 'CreateMessageFeedback',
    summary: 'Reports whether the recipient did what the message asked for',
    path: `${LIST}/:MessageSid/Feedback`,
    operation: 'resource.write',
    input: fields({ Outcome: oneOf(OUTCOMES).optional() }),
    resource: FEEDBACK,
    async handle({ tx, now, actor, account_sid, path, input, record }) {
      const { MessageSid: message_sid } = path;
      const { root_sid } = orNotFound(await fetchMessage(tx, account_sid, message_sid));
      const outcome = input.outcome ?? 'unconfirmed';
      const feedback = await putFeedback(tx, {
        message_sid,
        account_sid,
        root_sid,
        outcome,
        created_by_grant: actor.grant_sid,
        date_created: now,
        date_updated: now,
      });
      const detail = { outcome };
      record({ action: 'message_feedback.given', account_sid, target_sid: message_sid, detail });
      return presentFeedback(feedback);
    },
  }),
];
