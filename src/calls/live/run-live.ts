import type { Act } from '../../audit/act.ts';
import { type Advance, isLineAct, type CallAct as TwimlAct } from '../../twiml/acts.ts';
import {
  type CallEnd,
  type CallRecord,
  type CallRequest,
  type CallState,
} from '../../twiml/call-run.ts';
import { keepCookies } from '../../twiml/keep-cookies.ts';
import { nextAct } from '../../twiml/next-act.ts';
import { parseTwiml } from '../../twiml/parse-twiml.ts';
import { recordFailures } from '../../twiml/record-failures.ts';
import { requestTwiml } from '../../twiml/request-twiml.ts';
import type { TwimlDocument } from '../../twiml/twiml.ts';
import { type Call, callParameters } from '../call.ts';
import { optionsOf } from '../call-options.ts';
import { MAX_DOCUMENTS, type Request, type Source } from '../call-step.ts';
import { fetchCall } from '../call-store.ts';
import { keepRecord } from '../record-verb.ts';
import { sendFromCall } from '../run-call-document.ts';
import type { Next, OnLine } from './on-line.ts';

/** The words that a caller hears when an application gives no document. */
const APOLOGY = 'We are sorry. An application error has occurred. Goodbye.';

/** A document, and its URL as the base of relative ones; null for text that came with the call. */
interface Opened {
  readonly document: TwimlDocument | null;
  readonly base_url: string | null;
}

/**
 * Runs the documents of a call on a wire, one act after the other, until the call ends or `signal`
 * says that another document replaces them. It never rejects.
 */
export async function runLive(live: OnLine, first: Source, signal: AbortSignal): Promise<void> {
  try {
    await sendDigits(live, signal);
    let source: Source | null = first;
    for (let documents = 0; source !== null && !signal.aborted; documents += 1) {
      if (documents >= MAX_DOCUMENTS) {
        await live.end(`A call is run by at most ${MAX_DOCUMENTS} documents.`);
        return;
      }
      const opened = await open(live, source);
      if (opened === null || signal.aborted) return;
      source = opened.document
        ? await perform(live, { ...opened, document: opened.document }, signal)
        : await apologize(live, signal);
    }
  } catch (err) {
    live.app.log.error({ err, call: live.call.sid }, 'the documents of a call could not be run');
    if (!signal.aborted) void live.end('The server could not go on with this call.');
  }
}

/** Presses the keys that the maker of the call asked for. */
async function sendDigits(live: OnLine, signal: AbortSignal): Promise<void> {
  const { send_digits: digits } = optionsOf(live.call);
  if (digits === null || digits === '' || live.seconds > 1) return;
  const prompt = { child: null, loops: 1, is: 'digits', digits } as const;
  await live.leg?.perform({ kind: 'speak', prompt }, signal);
}

/** Reads a document. @returns null when the call has ended */
async function open(live: OnLine, source: Source): Promise<Opened | null> {
  if ('text' in source) return { document: parseTwiml(source.text).document, base_url: null };
  if (!(await live.reports.flush())) return null;
  const { app } = live;
  const call = await fetchCall(app.database.db, live.call.account_sid, live.call.sid);
  if (!call) return null;
  const { account_sid, root_sid, url_by_grant, sid: conversation } = call;
  const { fallback_url, fallback_method } = optionsOf(call);
  const { url, method, parameters } = source;
  const answer = await requestTwiml(app, {
    account_sid,
    root_sid,
    url_by_grant,
    url,
    method,
    fallback_url,
    fallback_method,
    parameters: { ...callParameters(call), ...parameters },
    channel: 'voice',
    conversation,
  });
  live.reports.note(...answer.entries);
  if (answer.failures.length > 0 || answer.cookies.taken.length > 0) {
    live.reports.add(async (act, now) => {
      await recordFailures(act, answer.failures);
      await keepCookies(act, { account_sid, root_sid, conversation, url_by_grant }, answer.cookies);
      return now;
    });
  }
  return { document: answer.document, base_url: answer.base_url };
}

async function apologize(live: OnLine, signal: AbortSignal): Promise<null> {
  if (!(await live.answer())) return null;
  const prompt = { child: null, loops: 1, is: 'say', text: APOLOGY, voice: null, language: null };
  await live.leg?.perform({ kind: 'speak', prompt: { ...prompt, is: 'say' } }, signal);
  if (!signal.aborted) void live.end('The caller heard an error message.');
  return null;
}

/** The acts before which a call that came in goes on ringing. */
const WITHOUT_ANSWER: ReadonlySet<TwimlAct['kind']> = new Set(['request', 'message', 'reject']);

/** Performs a document. @returns the next one; null when the call is over or redirected */
async function perform(
  live: OnLine,
  { document: { verbs }, base_url }: Opened & { readonly document: TwimlDocument },
  signal: AbortSignal,
): Promise<Source | null> {
  const stateNow = (): CallState => ({
    base_url,
    is_answered: live.isAnswered,
    seconds: live.seconds,
    max_seconds: live.max_seconds,
    inputs: [],
  });
  let at: Advance = nextAct(verbs, { verb: 0, waiting: null }, stateNow(), null);
  for (;;) {
    live.reports.note(...at.events);
    const { act } = at;
    if (!WITHOUT_ANSWER.has(act.kind) && !(await live.answer())) return null;
    if (isLineAct(act)) {
      const { leg } = live;
      if (!leg) return null;
      // The act begins at this second, and its outcome says how long it took.
      const began = stateNow();
      const outcome = await leg.perform(act, signal);
      if (signal.aborted) return null;
      at = nextAct(verbs, at.cursor, began, outcome);
    } else {
      const next = await follow(live, act, signal);
      if (next === null || 'url' in next) return next;
      if (signal.aborted) return null;
      at = nextAct(verbs, { verb: next.position, waiting: null }, stateNow(), null);
    }
  }
}

/** Does what follows an act. @returns a document, the next verb of this one, or the end */
async function follow(
  live: OnLine,
  next: Exclude<TwimlAct, { kind: 'speak' | 'gather' | 'recording' }>,
  signal: AbortSignal,
): Promise<Next> {
  switch (next.kind) {
    case 'request':
      return targetOf(next);
    case 'message':
      return goOn(live, next.position, async (act, call) => sendFromCall(act, call, next));
    case 'record':
      return recordVerb(live, next);
    case 'dial':
      return live.dial(next, signal);
    case 'reject':
      live.reject(next.reason);
      return null;
    case 'end':
      if (next.because === 'end' && live.connect()) return null;
      void live.end(REASONS[next.because]);
      return null;
  }
}

const REASONS: Readonly<Record<CallEnd['because'], string | null>> = {
  hangup: null,
  end: null,
  'time-limit': 'The time of the call is up.',
  error: 'The caller heard an error message.',
};

function targetOf({ url, method, parameters }: CallRequest): Request {
  return { url, method, parameters };
}

/** Records what a verb does besides the line. @returns its action, or the next verb */
async function goOn(
  live: OnLine,
  position: number,
  deed: (act: Act, call: Call) => Promise<CallRequest | null>,
): Promise<Next> {
  let request: CallRequest | null = null;
  const isRecorded = await live.reports.recordNow(async (act, call) => {
    request = await deed(act, call);
    return call;
  });
  if (!isRecorded) return null;
  return request === null ? { position } : targetOf(request);
}

/** Stores a recording. If the call ended with it, its action is requested, and not obeyed. */
async function recordVerb(live: OnLine, next: CallRecord): Promise<Next> {
  const whole = { ...next, seconds: Math.max(1, Math.round(next.seconds)) };
  const target = await goOn(live, next.position, (act, call) =>
    keepRecord(act, call, whole, act.now),
  );
  if (target === null || !next.is_hung_up) return target;
  void live.end(null, 'url' in target ? target : null);
  return null;
}
