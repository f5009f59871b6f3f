import { fetchActingAccount } from '../accounts/account-store.ts';
import type { App } from '../app.ts';
import type { Act } from '../audit/act.ts';
import type { NewEntry } from '../carrier/timeline.ts';
import { addToTimeline } from '../carrier/timeline-store.ts';
import { behindLease, doTask, dropTask } from '../jobs/do-task.ts';
import type { NextStep, Task } from '../jobs/task.ts';
import { grantOfUrl, type IncomingPhoneNumber } from '../numbers/incoming-phone-number.ts';
import { findNumber } from '../numbers/incoming-phone-number-store.ts';
import { readPhoneNumber } from '../numbers/phone-number.ts';
import { afterMessage, type CallRequest, type Reply } from '../twiml/call-run.ts';
import { keepCookies } from '../twiml/keep-cookies.ts';
import { recordFailures } from '../twiml/record-failures.ts';
import { requestTwiml, type TwimlWanted } from '../twiml/request-twiml.ts';
import { type ReplyRun, runReply } from '../twiml/run-reply.ts';
import { mediaUri } from './media.ts';
import { fetchMediaEntries } from './media-store.ts';
import { inboundParameters, type Message } from './message.ts';
import { numberIn } from './message-address.ts';
import {
  type AskStep,
  MAX_DOCUMENTS,
  MAX_HOPS,
  type MessageStep,
  type NextDocument,
} from './message-step.ts';
import { fetchMessage, updateMessage } from './message-store.ts';
import { type Course, sendReply } from './send-reply.ts';

const NOTHING: ReplyRun = { events: [], replies: [], next: null };

/**
 * Requests TwiML from a number's application for a message that came in, and sends the answers.
 * Each step handles one document, so that it is recorded before the next one is requested.
 */
export async function answerMessage(app: App, task: Task, step: AskStep): Promise<void> {
  const message = await fetchMessage(app.database.db, task.account_sid, task.sid);
  const number = message && (await numberOf(app.database.db, message));
  const wanted = message && number && (await wantedOf(app, message, number, step));
  if (!wanted) return dropTask(app, task);
  const known = (grant_sid: string | null) => ({
    hold: behindLease(app, task, async () => message),
    grantOf: () => grant_sid,
  });
  const tooMany = refusalToAsk(step);
  if (tooMany !== null) {
    await doTask(app, task, known(null), async (act) => {
      await addToTimeline(act.tx, message, act.now, [note(tooMany)]);
      if (step.hops >= MAX_HOPS) await updateMessage(act.tx, message, { error_code: 30039 });
      return null;
    });
    return;
  }
  const { document, base_url, entries, error, failures, cookies } = await requestTwiml(app, wanted);
  const run = document ? runReply(document.verbs, base_url) : NOTHING;
  await doTask(app, task, known(wanted.url_by_grant), async (act) => {
    await addToTimeline(act.tx, message, act.now, [...entries, ...run.events]);
    await recordFailures(act, failures);
    if (error !== null) await updateMessage(act.tx, message, { error_code: error.code });
    const stands = await numberOf(act.tx, message);
    if (!stands || grantOfUrl(stands, 'sms_url') !== wanted.url_by_grant) {
      const why = 'The number no longer has that URL, so there was no answer.';
      await addToTimeline(act.tx, message, act.now, [note(why)]);
      return null;
    }
    await keepCookies(act, wanted, cookies);
    const course = { due: task.date_next, hops: step.hops };
    const next = (await sendReplies(act, message, run.replies, course)) ?? run.next;
    return next && nextStep(step, next, wanted.url_by_grant, task.date_next);
  });
}

/** The number that a message came to, if its account still holds it and it has a URL. */
async function numberOf(db: App['database']['db'], { account_sid, to }: Message) {
  const number = await findNumber(db, numberIn(to));
  return number?.account_sid === account_sid && number.sms_url !== null ? number : null;
}

/** The request to make; null when the number's URL is gone or another owner has set it. */
async function wantedOf(
  app: App,
  message: Message,
  number: IncomingPhoneNumber,
  { next, hops }: AskStep,
): Promise<TwimlWanted | null> {
  const url_by_grant = grantOfUrl(number, 'sms_url');
  if (number.sms_url === null || (next !== null && next.url_by_grant !== url_by_grant)) return null;
  return {
    account_sid: message.account_sid,
    root_sid: message.root_sid,
    url_by_grant,
    url: next?.url ?? number.sms_url,
    method: next?.method ?? number.sms_method,
    fallback_url: number.sms_fallback_url,
    fallback_method: number.sms_fallback_method,
    parameters: { ...(await parametersOf(app, message)), ...next?.parameters },
    channel: 'messaging',
    conversation: `${message.to} ${message.from ?? ''}`,
    hops,
  };
}

async function parametersOf(app: App, message: Message): Promise<Record<string, string>> {
  const { account_sid, sid: message_sid, from, to } = message;
  const { origin } = app.home;
  const media = await fetchMediaEntries(app.database.db, { account_sid, message_sid });
  const country = (address: string) => readPhoneNumber(numberIn(address))?.iso_country ?? '';
  return inboundParameters(
    message,
    media.map((file) => ({
      url: origin + mediaUri(file).replace(/\.json$/, ''),
      content_type: file.content_type,
    })),
    { from: country(from ?? ''), to: country(to) },
  );
}

function refusalToAsk({ hops, documents }: AskStep): string | null {
  if (hops >= MAX_HOPS) {
    return `The numbers have answered each other ${MAX_HOPS} times, so this one is not asked.`;
  }
  return documents >= MAX_DOCUMENTS
    ? `A message is answered by at most ${MAX_DOCUMENTS} documents.`
    : null;
}

function nextStep(
  { hops, documents }: AskStep,
  { url, method, parameters }: CallRequest,
  url_by_grant: string | null,
  date_next: number,
): NextStep<MessageStep> {
  const next: NextDocument = { url, method, parameters, url_by_grant };
  return { step: { name: 'ask', hops, documents: documents + 1, next }, date_next };
}

/**
 * Sends the answers, in the deed of their document. An answer that cannot be sent is noted in the
 * timeline, and the others are sent. @returns the request to the `action` of the last answer.
 */
async function sendReplies(
  act: Act,
  message: Message,
  replies: readonly Reply[],
  course: Course,
): Promise<CallRequest | null> {
  const account = await fetchActingAccount(act.tx, message.account_sid);
  if (!account) return null;
  for (const reply of replies) {
    const sent = await sendReply(act, account, { message, reply, course });
    await addToTimeline(act.tx, message, act.now, [sent.entry]);
    const next = afterMessage(reply, sent);
    if (next) return next;
  }
  return null;
}

function note(message: string): NewEntry {
  return { kind: 'note', detail: { message } };
}
