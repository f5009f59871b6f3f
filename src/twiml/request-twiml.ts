import { openPrimaryToken } from '../accounts/open-primary-token.ts';
import type { App } from '../app.ts';
import { signerOf } from '../carrier/send-callback.ts';
import type { Signer } from '../carrier/signer-store.ts';
import type { NewEntry } from '../carrier/timeline.ts';
import { withoutUserInfo, withoutUserInfos } from '../kit/user-info.ts';
import type { Method } from './call-run.ts';
import type { Cookies } from './cookie-jar.ts';
import { type FailedRequest, KINDS, whatFollowed } from './failed-request.ts';
import { fetchAnswer } from './fetch-answer.ts';
import { openCookies } from './keep-cookies.ts';
import { type Answer, type Channel, readAnswer } from './read-answer.ts';
import { RETRIEVAL_FAILED, type TwimlDocument, type TwimlError } from './twiml.ts';

/** The application that is asked for TwiML. */
export interface TwimlWanted {
  readonly account_sid: string;
  readonly root_sid: string;
  /**
   * The grant of the app that gave the URLs; its owner's token signs. Null for the account's own
   * URLs.
   */
  readonly url_by_grant: string | null;
  readonly url: string;
  readonly method: Method;
  /** Requested when the first URL fails, with `ErrorCode` and `ErrorUrl`. */
  readonly fallback_url: string | null;
  readonly fallback_method: Method;
  readonly parameters: Readonly<Record<string, string>>;
  readonly channel: Channel;
  /** The owner of the cookies; see `Conversation`. */
  readonly conversation: string;
  /** The count for `Tieline-Hops`; absent: the request has no such header. */
  readonly hops?: number;
}

export interface TwimlAnswer {
  /** The document; null when neither URL gave TwiML. */
  readonly document: TwimlDocument | null;
  /** TwiML from which `parseTwiml` makes the same document; empty for an empty answer. */
  readonly text: string;
  /** The URL of the answer, as the base of relative URLs. It may hold a password. */
  readonly base_url: string;
  /** Entries for the timeline: every request, the TwiML, the errors. They hold no secret. */
  readonly entries: readonly NewEntry[];
  /** The last error. Beside a document, it is the reason why the fallback was requested. */
  readonly error: TwimlError | null;
  /** The URLs that gave no TwiML, in the order of the requests, for `recordFailures`. */
  readonly failures: readonly FailedRequest[];
  /** The cookies for `keepCookies`. */
  readonly cookies: Pick<Cookies, 'taken'>;
}

/** The most characters of a document in the timeline. */
const SHOWN_CHARACTERS = 16_000;

/**
 * Requests TwiML from an application, and from its fallback when the first URL fails. It waits for
 * the network, so no transaction may be open. It never throws, and takes `ANSWER_MS`
 * (`fetch-answer.ts`) at most for each of the two URLs.
 */
export async function requestTwiml(app: App, wanted: TwimlWanted): Promise<TwimlAnswer> {
  const { account_sid, url_by_grant, url, fallback_url, parameters } = wanted;
  let signing: Signing;
  try {
    const { db } = app.database;
    const signer = await signerOf(db, account_sid, url_by_grant);
    const token = await openPrimaryToken(app, db, signer.signing_account_sid);
    signing = { signer, token, cookies: await openCookies(app, wanted) };
  } catch (err) {
    app.log.error({ err, account: account_sid }, 'TwiML could not be asked for');
    const message = 'The server could not make this request; its log says why.';
    const error = { code: RETRIEVAL_FAILED, message };
    const entries = [noteOf(error, url)];
    const nothing = { document: null, text: '', base_url: url, entries, error };
    return { ...nothing, failures: [], cookies: { taken: [] } };
  }
  const first = await ask(app, signing, wanted, 'first');
  if (first.error === null || fallback_url === null) return first;
  const told = {
    ...parameters,
    ErrorCode: String(first.error.code),
    ErrorUrl: withoutUserInfo(url),
  };
  const second = await ask(
    app,
    signing,
    { ...wanted, url: fallback_url, method: wanted.fallback_method, parameters: told },
    'fallback',
  );
  return {
    ...second,
    entries: [...first.entries, ...second.entries],
    error: second.error ?? first.error,
    failures: [...first.failures, ...second.failures],
  };
}

/** The signing account, its token, and the cookies of the request. */
interface Signing {
  readonly signer: Signer;
  readonly token: string;
  readonly cookies: Cookies;
}

async function ask(
  app: App,
  { signer, token, cookies }: Signing,
  wanted: TwimlWanted,
  place: 'first' | 'fallback',
): Promise<TwimlAnswer> {
  const fetched = await fetchAnswer(app, token, wanted, cookies);
  const { answer, url } = fetched;
  const read = answer && readAnswer(answer, url, wanted.channel);
  const error = read ? read.error : fetched.error;
  const entries = [
    ...fetched.entries,
    ...(answer && read ? [twimlEntry(url, answer, read.text)] : []),
  ];
  const document = read?.document ?? null;
  const text = document === null ? '' : (read?.text ?? '');
  const answered = { document, text, base_url: url, cookies };
  if (error === null) return { ...answered, entries, error, failures: [] };
  const followed = whatFollowed(place, wanted.fallback_url !== null, wanted.channel);
  const { account_sid, root_sid, url_by_grant, method, parameters, channel } = wanted;
  const { asked, idempotency_token } = fetched;
  const failure: FailedRequest = {
    ...signer,
    sid: app.newSid('DL'),
    account_sid,
    root_sid,
    url_by_grant,
    kind: KINDS[channel],
    url: wanted.url,
    method,
    parameters,
    idempotency_token,
    asked,
    error,
    followed,
  };
  warn(app, failure);
  const note = { ...noteOf(error, url, followed), delivery_sid: failure.sid };
  return { ...answered, entries: [...entries, note], error, failures: [failure] };
}

/** Writes a warning to the log. Operators read the log, so it names no user info and no query. */
function warn(app: App, { sid, account_sid, url, error, followed }: FailedRequest): void {
  const [named = ''] = withoutUserInfo(url).split(/[?#]/);
  const { code, message } = error;
  app.log.warn(
    { account: account_sid, delivery: sid, url: named, code, why: message, followed },
    'an application had no TwiML to give',
  );
}

function twimlEntry(url: string, answer: Answer, text: string): NewEntry {
  const shown = text === '' ? answer.body : text;
  return {
    kind: 'twiml',
    detail: {
      url: withoutUserInfo(url),
      content_type: answer.headers['content-type']?.slice(0, 200) ?? null,
      text: withoutUserInfos(shown.slice(0, SHOWN_CHARACTERS).toWellFormed()),
      is_cut: shown.length > SHOWN_CHARACTERS || !answer.is_whole,
    },
  };
}

function noteOf({ code, message }: TwimlError, url: string, followed?: string): NewEntry {
  const detail = { code, message, url: withoutUserInfo(url) };
  return { kind: 'note', detail: followed === undefined ? detail : { ...detail, followed } };
}
