import { openPrimaryToken } from '../accounts/open-primary-token.ts';
import type { App } from '../app.ts';
import { signerOf } from '../carrier/send-callback.ts';
import type { NewEntry } from '../carrier/timeline.ts';
import { withoutPassword } from '../webhooks/webhook.ts';
import type { Method } from './call-run.ts';
import { fetchAnswer } from './fetch-answer.ts';
import { type Channel, readAnswer, withoutPasswords } from './read-answer.ts';
import { RETRIEVAL_FAILED, type TwimlDocument, type TwimlError } from './twiml.ts';

/** Which application is asked what is to be done. */
export interface TwimlWanted {
  readonly account_sid: string;
  /** The grant of the app that gave the URLs; its owner's token signs. Null: the account's own. */
  readonly url_by_grant: string | null;
  readonly url: string;
  readonly method: Method;
  /** Asked when the first one fails, with `ErrorCode` and `ErrorUrl`. */
  readonly fallback_url: string | null;
  readonly fallback_method: Method;
  readonly parameters: Readonly<Record<string, string>>;
  readonly channel: Channel;
}

export interface TwimlAnswer {
  /** Null when neither URL had TwiML to give. */
  readonly document: TwimlDocument | null;
  /** TwiML that `parseTwiml` makes the same document of; empty for an empty answer. */
  readonly text: string;
  /** Where the answer came from, for relative URLs in it; it can hold a password. */
  readonly base_url: string;
  /** For the timeline: every request, the TwiML, what went wrong. Nothing in it is secret. */
  readonly entries: readonly NewEntry[];
  /** What went wrong last; beside a document it is why the fallback was asked. */
  readonly error: TwimlError | null;
}

/** As much of a document as the timeline shows. */
const SHOWN_CHARACTERS = 16_000;

/**
 * Asks an application for TwiML, and its fallback when that comes to nothing. It waits for the
 * network, so it belongs into no transaction; it never throws, and ends within `ANSWER_MS`
 * (`fetch-answer.ts`) for each of the two URLs.
 */
export async function requestTwiml(app: App, wanted: TwimlWanted): Promise<TwimlAnswer> {
  const { account_sid, url_by_grant, url, fallback_url, parameters } = wanted;
  let token: string;
  try {
    const { db } = app.database;
    const { signing_account_sid } = await signerOf(db, account_sid, url_by_grant);
    token = await openPrimaryToken(app, db, signing_account_sid);
  } catch (err) {
    app.log.error({ err, account: account_sid }, 'TwiML could not be asked for');
    const message = 'The server could not make this request; its log says why.';
    const error = { code: RETRIEVAL_FAILED, message };
    return { document: null, text: '', base_url: url, entries: [noteOf(error, url)], error };
  }
  const first = await ask(app, token, wanted);
  if (first.error === null || fallback_url === null) return first;
  const second = await ask(app, token, {
    ...wanted,
    url: fallback_url,
    method: wanted.fallback_method,
    parameters: {
      ...parameters,
      ErrorCode: String(first.error.code),
      ErrorUrl: withoutPassword(url),
    },
  });
  return {
    ...second,
    entries: [...first.entries, ...second.entries],
    error: second.error ?? first.error,
  };
}

async function ask(app: App, token: string, wanted: TwimlWanted): Promise<TwimlAnswer> {
  const { answer, error, entries, url } = await fetchAnswer(app, token, wanted);
  if (answer === null) {
    const noted = [...entries, noteOf(error, url)];
    return { document: null, text: '', base_url: url, entries: noted, error };
  }
  const read = readAnswer(answer, url, wanted.channel);
  const shown = read.text === '' ? answer.body : read.text;
  return {
    document: read.document,
    text: read.document === null ? '' : read.text,
    base_url: url,
    entries: [
      ...entries,
      {
        kind: 'twiml',
        detail: {
          url: withoutPassword(url),
          content_type: answer.headers['content-type']?.slice(0, 200) ?? null,
          text: withoutPasswords(shown.slice(0, SHOWN_CHARACTERS).toWellFormed()),
          is_cut: shown.length > SHOWN_CHARACTERS || !answer.is_whole,
        },
      },
      ...(read.error === null ? [] : [noteOf(read.error, url)]),
    ],
    error: read.error,
  };
}

function noteOf({ code, message }: TwimlError, url: string): NewEntry {
  return { kind: 'note', detail: { code, message, url: withoutPassword(url) } };
}
