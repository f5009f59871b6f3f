import { type AccountCall, accountPage, type Page, view } from '../../http/pages/page.ts';
import { orNotFound } from '../../kit/api-error.ts';
import { fetchMedia, fetchMediaEntries } from '../../messages/media-store.ts';
import { MESSAGE_STATUSES, type Message } from '../../messages/message.ts';
import { fileAnswer } from '../parts/file-answer.ts';
import { readWhose } from '../parts/whose.ts';
import { fetchLoggedOfTree } from './log-page-store.ts';
import { MESSAGE_DIRECTIONS, messageBody, messagesBody } from './message-views.ts';
import { readLog } from './read-log.ts';
import { readTimeline } from './read-timeline.ts';

/** The pages of a customer's messages: sent by the account and its apps, and received. */

const MESSAGES = '/console/:AccountSid/messages';
const section = 'messages';

const messagesPage = accountPage({
  id: 'Messages',
  path: MESSAGES,
  async show(call) {
    const log = await readLog(call, {
      table: 'messages',
      directions: MESSAGE_DIRECTIONS,
      statuses: MESSAGE_STATUSES,
    });
    const { problem } = log;
    const filled = { ...call, form: call.query, problem };
    const status = problem ? { status: 400 } : {};
    return view({ title: 'Messages', section, ...status, body: messagesBody(filled, log) });
  },
});

const messagePage = accountPage({
  id: 'Message',
  path: `${MESSAGES}/:MessageSid`,
  async show(call) {
    const { db } = call;
    const message = await demandMessage(call);
    const { account_sid, sid: message_sid, callback_by_grant } = message;
    const [media, timeline, whose] = await Promise.all([
      fetchMediaEntries(db, { account_sid, message_sid }),
      readTimeline(db, message),
      readWhose(db, [message], [callback_by_grant]),
    ]);
    const body = messageBody(call, { message, media, timeline, whose });
    return view({ title: 'Message', section, body });
  },
});

const mediaPage = accountPage({
  id: 'MessageMedia',
  path: `${MESSAGES}/:MessageSid/media/:MediaSid`,
  async show(call) {
    const { account_sid, sid: message_sid } = await demandMessage(call);
    const sid = call.path.MediaSid;
    const media = orNotFound(await fetchMedia(call.db, { account_sid, message_sid }, sid));
    const bytes = Buffer.from(media.content ?? '', 'base64');
    return fileAnswer(sid, media.content_type, bytes, bytes.length);
  },
});

/** @throws ApiError 404 */
async function demandMessage({ db, account, path }: AccountCall<'MessageSid'>): Promise<Message> {
  return orNotFound(await fetchLoggedOfTree(db, 'messages', account.sid, path.MessageSid));
}

export const messagePages: readonly Page[] = [messagesPage, messagePage, mediaPage];
