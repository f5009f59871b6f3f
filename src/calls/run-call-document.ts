import { fetchActingAccount } from '../accounts/account-store.ts';
import type { Act } from '../audit/act.ts';
import { addToTimeline } from '../carrier/timeline-store.ts';
import { dropTask } from '../jobs/do-task.ts';
import { ApiError } from '../kit/api-error.ts';
import { PLAIN_MESSAGE } from '../messages/new-message.ts';
import { sendMessage } from '../messages/send-message.ts';
import { afterMessage, type CallMessage, type CallRequest } from '../twiml/call-run.ts';
import { keepCookies } from '../twiml/keep-cookies.ts';
import { parseTwiml } from '../twiml/parse-twiml.ts';
import { recordFailures } from '../twiml/record-failures.ts';
import { requestTwiml } from '../twiml/request-twiml.ts';
import { runCall } from '../twiml/run-call.ts';
import type { TwimlDocument } from '../twiml/twiml.ts';
import { type Call, callParameters, isLive } from './call.ts';
import { optionsOf } from './call-options.ts';
import {
  type AskStep,
  type CallStep,
  MAX_DOCUMENTS,
  type ReadStep,
  type RecordStep,
  type Running,
} from './call-step.ts';
import { fetchCall } from './call-store.ts';
import { type CallAct, type CallTask, type NextCallStep, recordStep } from './call-task.ts';
import { connect } from './connect-call.ts';
import { endCall, wakeCall } from './end-call.ts';
import { keepRecord } from './record-verb.ts';
import { reportAnswered } from './report-call.ts';

/** The length of the spoken error text. */
const ERROR_SECONDS = 5;

/** A document that a call runs, and the verb at which it continues. */
interface Reading {
  readonly running: Running;
  readonly document: TwimlDocument | null;
  readonly text: string;
  readonly position: number;
  readonly base_url: string | null;
}

/** Requests the next document from a call's application, and runs it. */
export async function ask(doing: CallTask, step: AskStep): Promise<void> {
  const { app, task } = doing;
  const call = await fetchCall(app.database.db, task.account_sid, task.sid);
  if (!call || !isLive(call)) return dropTask(app, task);
  const refusal = refusalToAsk(step);
  if (refusal !== null) {
    await recordStep(doing, (act, now) =>
      giveUp(act, now, { state: step.state, message: refusal }, task.date_next),
    );
    return;
  }
  const { account_sid, root_sid, url_by_grant } = call;
  const { fallback_url, fallback_method } = optionsOf(call);
  const answer = await requestTwiml(app, {
    account_sid,
    root_sid,
    url_by_grant,
    url: step.url,
    method: step.method,
    fallback_url,
    fallback_method,
    parameters: {
      ...callParameters(step.documents === 0 ? undetected(call) : call),
      ...step.parameters,
    },
    channel: 'voice',
    conversation: call.sid,
  });
  const running = { ...runningIn(step), documents: step.documents + 1 };
  await recordStep(doing, async (act, now) => {
    await addToTimeline(act.tx, now, act.now, answer.entries);
    await recordFailures(act, answer.failures);
    const of = { account_sid, root_sid, conversation: now.sid, url_by_grant };
    await keepCookies(act, of, answer.cookies);
    return runFrom(act, now, { running, ...answer, position: 0 }, task.date_next);
  });
}

/** Answers a call. The result of a detection beside the call is reported later. */
function undetected(call: Call): Call {
  return optionsOf(call).async_amd === null ? call : { ...call, answered_by: null };
}

function runningIn({ state, documents, since }: Running): Running {
  return { state, documents, since };
}

function refusalToAsk({ url, documents }: AskStep): string | null {
  if (url === '') return 'The number has no voice URL, so its calls have no instructions.';
  return documents >= MAX_DOCUMENTS ? `A call is run by at most ${MAX_DOCUMENTS} documents.` : null;
}

interface Refused extends Pick<Running, 'state'> {
  readonly message: string;
}

/** A call that cannot go on: one that was answered is hung up, another one fails. */
async function giveUp(act: CallAct, call: Call, { state, message }: Refused, due: number) {
  const entries = [{ kind: 'note', detail: { message } }] as const;
  const status = call.status === 'in-progress' ? 'completed' : 'failed';
  await endCall(act, call, { status, seconds: state.seconds, entries }, due);
  return null;
}

/** Continues a document, or begins the one that came with the call. */
export async function read(doing: CallTask, step: ReadStep): Promise<void> {
  const { document } = parseTwiml(step.text);
  const { base_url } = step.state;
  const { text, position } = step;
  await recordStep(doing, (act, now) =>
    runFrom(
      act,
      now,
      { running: runningIn(step), document, text, position, base_url },
      doing.task.date_next,
    ),
  );
}

async function runFrom(
  act: CallAct,
  call: Call,
  { running, document, text, position, base_url }: Reading,
  due: number,
): Promise<NextCallStep> {
  const { tx, now } = act;
  if (document === null) return sayError(act, call, running, due);
  const { verbs } = document;
  // In real time each verb takes its own time, and a verb that the call does not reach never runs.
  const until = act.carrier.isInRealTime(call) ? position + 1 : verbs.length;
  const begun = { ...running.state, base_url };
  const { events, state, next } = runCall(verbs.slice(0, until), position, begun);
  await addToTimeline(tx, call, now, events);
  if (next.kind === 'reject') {
    const status = next.reason === 'busy' ? 'busy' : 'no-answer';
    await endCall(act, call, { status, seconds: 0 }, due);
    return null;
  }
  const before = running.state.seconds;
  const after: Running = { ...running, state, since: { seconds: before, at: due } };
  const date_next = due + act.carrier.waitFor(call, state.seconds - before);
  const isLeg = call.direction === 'outbound-dial' && !optionsOf(call).is_detached;
  const taken = state.is_answered ? await answer(act, call, due) : call;
  const goOn = (request: CallRequest | null, at: number): NextCallStep => ({
    step: request
      ? { name: 'ask', ...after, ...targetOf(request) }
      : { name: 'read', ...after, text, position: at },
    date_next,
  });
  switch (next.kind) {
    case 'request':
      return goOn(next, 0);
    case 'message':
      return goOn(await sendFromCall(act, taken, next), next.position);
    case 'record':
      return { step: { name: 'record', ...after, record: next, text }, date_next };
    case 'dial':
      return {
        step: {
          name: 'dial',
          ...after,
          dial: next,
          text,
          began: date_next,
          place: 0,
          children: [],
        },
        date_next,
      };
    case 'end':
      if (next.because === 'end' && until < verbs.length) return goOn(null, until);
      if (isLeg && next.because === 'end') return connect(act, taken, after, date_next);
      return { step: { name: 'end', ...after, because: next.because }, date_next };
  }
}

function targetOf({ url, method, parameters }: CallRequest) {
  return { url, method, parameters };
}

/** Answers a call that is not answered yet, and wakes the call at its other end. */
async function answer(act: CallAct, call: Call, due: number): Promise<Call> {
  if (call.status === 'in-progress') return call;
  const { linked_sid } = optionsOf(call);
  const answered = await reportAnswered(act, call, null);
  if (linked_sid !== null) await wakeCall(act, linked_sid, due);
  return answered;
}

/** Neither URL returned a document: the caller hears an error text, and the call ends. */
async function sayError(
  act: CallAct,
  call: Call,
  running: Running,
  due: number,
): Promise<NextCallStep> {
  await answer(act, call, due);
  const { state } = running;
  const seconds = Math.min(state.seconds + ERROR_SECONDS, state.max_seconds);
  const after: Running = {
    ...running,
    state: { ...state, is_answered: true, seconds },
    since: { seconds: state.seconds, at: due },
  };
  return {
    step: { name: 'end', ...after, because: 'error' },
    date_next: due + act.carrier.waitFor(call, ERROR_SECONDS),
  };
}

/** Sends a message from a call. A failure is noted in the timeline, and the call goes on. */
export async function sendFromCall(
  act: Act,
  call: Call,
  reply: CallMessage,
): Promise<CallRequest | null> {
  const { tx, now } = act;
  const account = await fetchActingAccount(tx, call.account_sid);
  const isInbound = call.direction === 'inbound';
  const [own, other] = isInbound ? [call.to, call.from] : [call.from, call.to];
  if (!account) return null;
  try {
    const { sid, status } = await sendMessage(act, account, {
      ...PLAIN_MESSAGE,
      direction: 'outbound-call',
      to: reply.to ?? other,
      from: reply.from ?? own,
      body: reply.body,
      media_urls: reply.media,
      status_callback: reply.status_callback,
    });
    await addToTimeline(tx, call, now, [{ kind: 'note', detail: { message: 'Sent', sid } }]);
    return afterMessage(reply, { sid, status });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const { code, message } = error;
    await addToTimeline(tx, call, now, [{ kind: 'note', detail: { code, message } }]);
    return afterMessage(reply, { sid: '', status: 'failed' });
  }
}

/** The recording of the other side has reached its length. */
export async function endRecord(
  act: CallAct,
  call: Call,
  { record, text, ...step }: RecordStep,
  due: number,
): Promise<NextCallStep> {
  const running = runningIn(step);
  const request = await keepRecord(act, call, record, due);
  if (record.is_hung_up) {
    const last = request && { last: targetOf(request) };
    return { step: { name: 'end', ...running, because: 'time-limit', ...last }, date_next: due };
  }
  const next: CallStep = request
    ? { name: 'ask', ...running, ...targetOf(request) }
    : { name: 'read', ...running, text, position: record.position };
  return { step: next, date_next: due };
}
