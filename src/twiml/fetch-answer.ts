import type { App } from '../app.ts';
import type { NewEntry } from '../carrier/timeline.ts';
import type { FailureCause } from '../webhooks/failure.ts';
import { guardedFetch, type Outcome } from '../webhooks/guarded-fetch.ts';
import { signedForm, USER_AGENT } from '../webhooks/signed-form.ts';
import { causeOf, type NewAttempt, REDIRECT_STATUSES } from '../webhooks/webhook.ts';
import { readWebhookUrl, type WebhookUrl, wireUrl } from '../webhooks/webhook-url.ts';
import type { Method } from './call-run.ts';
import type { Cookies } from './cookie-jar.ts';
import type { Answer } from './read-answer.ts';
import {
  BAD_HOST_NAME,
  CERTIFICATE_EXPIRED,
  CERTIFICATE_OF_ANOTHER,
  CERTIFICATE_WITHOUT_PATH,
  CONNECTION_FAILED,
  HANDSHAKE_FAILED,
  INVALID_REDIRECT,
  INVALID_URL,
  PROTOCOL_VIOLATION,
  RETRIEVAL_FAILED,
  TOO_MANY_REDIRECTS,
  TWIML_MAX_BYTES,
  type TwimlError,
} from './twiml.ts';

/** Redirects that are followed, one after the other. */
const MAX_REDIRECTS = 5;
/** For one URL, with all its redirects and retries. */
export const ANSWER_MS = 20_000;
const IDEMPOTENCY_BYTES = 16;
/** As much of a URL as the timeline shows. */
const SHOWN_CHARACTERS = 2_000;
const ACCEPTED = 'text/xml, application/xml, text/html, text/plain, audio/*';
/** By the phase in which a request failed. */
const FAILURES = {
  refused: INVALID_URL,
  connect: CONNECTION_FAILED,
  read: RETRIEVAL_FAILED,
} as const;
/** By what more is known of it. */
const CAUSES: Readonly<Record<FailureCause, number>> = {
  'bad-name': BAD_HOST_NAME,
  'certificate-name': CERTIFICATE_OF_ANOTHER,
  'certificate-expired': CERTIFICATE_EXPIRED,
  'certificate-path': CERTIFICATE_WITHOUT_PATH,
  handshake: HANDSHAKE_FAILED,
  protocol: PROTOCOL_VIOLATION,
};
/** As much of an answer as is kept with a request that failed. */
const KEPT_CHARACTERS = 4_096;

/** One request that was made, as it is kept with what failed. */
export type Asked = Omit<NewAttempt, 'delivery_sid' | 'number'>;

/** What asking one URL came to; either an answer of 2xx or an error. */
export type Fetched = {
  /** Where it ended up, as it was written: with user name and password. */
  readonly url: string;
  /** A `request` for each one that was made. */
  readonly entries: readonly NewEntry[];
  readonly asked: readonly Asked[];
  readonly idempotency_token: string;
} & (
  | { readonly answer: Answer; readonly error: null }
  | { readonly answer: null; readonly error: TwimlError }
);

/** One request to be made. */
interface Hop {
  readonly url: string;
  readonly method: Method;
  readonly parameters: Readonly<Record<string, string>>;
}

/** What is the same for all requests of one URL. */
interface Asking {
  readonly app: App;
  readonly token: string;
  readonly idempotency_token: string;
  readonly overrides: WebhookUrl['overrides'];
  /** By the clock of `performance`. */
  readonly ends: number;
  readonly entries: NewEntry[];
  readonly asked: Asked[];
  readonly cookies: Cookies;
}

type Response = Extract<Outcome, { kind: 'response' }>;

/**
 * Asks one URL, and those that it redirects to. Each request is judged and signed anew. Like a
 * browser, it goes on by GET, without its parameters, after 301, 302 and 303; user name and
 * password stay within their origin. The fragment of the first URL is for all.
 */
export async function fetchAnswer(
  app: App,
  token: string,
  first: Hop,
  cookies: Cookies,
): Promise<Fetched> {
  const asking: Asking = {
    app,
    token,
    idempotency_token: app.randomBytes(IDEMPOTENCY_BYTES).toString('hex'),
    overrides: readWebhookUrl(first.url).overrides,
    ends: performance.now() + ANSWER_MS,
    entries: [],
    asked: [],
    cookies,
  };
  const { entries, asked, idempotency_token } = asking;
  const all = { entries, asked, idempotency_token };
  let hop = first;
  for (let redirects = 0; ; redirects += 1) {
    const { url } = hop;
    const outcome = await tryHop(asking, hop);
    const response = judge(outcome);
    if ('code' in response) return { ...all, url, answer: null, error: response };
    if (response.status < 300) return { ...all, url, answer: response, error: null };
    if (redirects === MAX_REDIRECTS) {
      const message = `The receiver redirected more than ${MAX_REDIRECTS} times.`;
      return { ...all, url, answer: null, error: { code: TOO_MANY_REDIRECTS, message } };
    }
    hop = redirectOf(hop, response);
  }
}

/** Makes a request, and again after failures, as far as the fragment and the time allow. */
async function tryHop(asking: Asking, hop: Hop): Promise<Outcome> {
  const { retries, retry_on } = asking.overrides;
  for (let tried = 0; ; tried += 1) {
    const outcome = await makeRequest(asking, hop);
    const cause = causeOf(outcome);
    if (cause === null || !retry_on.has(cause) || tried >= retries) return outcome;
    if (performance.now() >= asking.ends) return outcome;
  }
}

async function makeRequest(asking: Asking, hop: Hop): Promise<Outcome> {
  const { app, token, overrides, entries } = asking;
  const date_created = app.now();
  const { url, credentials } = readWebhookUrl(hop.url);
  const form = signedForm(token, hop.method, url, hop.parameters);
  const started = performance.now();
  const cookie = asking.cookies.headerFor(form.url, date_created);
  const outcome = await guardedFetch(app, {
    url: form.url,
    method: hop.method,
    headers: {
      'User-Agent': USER_AGENT,
      Accept: ACCEPTED,
      'I-Twilio-Idempotency-Token': asking.idempotency_token,
      'X-Twilio-Signature': form.signature,
      ...(form.type !== null && { 'Content-Type': form.type }),
      ...(cookie !== null && { Cookie: cookie }),
    },
    ...(form.body !== null && { body: form.body }),
    credentials,
    connect_ms: overrides.connect_ms,
    read_ms: overrides.read_ms,
    total_ms: Math.max(1, Math.min(overrides.total_ms, asking.ends - started)),
    body_max_bytes: TWIML_MAX_BYTES,
  });
  if (outcome.kind === 'response') {
    const { set_cookies } = outcome;
    asking.cookies.take({ url: wireUrl(form.url), set_cookies }, date_created);
  }
  const ms = Math.round(performance.now() - started);
  const isAnswer = outcome.kind === 'response';
  const status = isAnswer ? outcome.status : null;
  entries.push({
    kind: 'request',
    detail: {
      method: hop.method,
      url: form.url.slice(0, SHOWN_CHARACTERS),
      status,
      ms,
      ...(!isAnswer && { error: outcome.error }),
    },
  });
  asking.asked.push({
    date_created,
    url: form.url,
    signed: !isAnswer && outcome.phase === 'refused' ? null : form.signed,
    status,
    error: isAnswer ? null : outcome.error,
    response: isAnswer ? outcome.body.slice(0, KEPT_CHARACTERS).toWellFormed() : null,
    duration_ms: ms,
  });
  return outcome;
}

/** An answer or a redirect as it is, everything else as an error. */
function judge(outcome: Outcome): Response | TwimlError {
  if (outcome.kind === 'failure') {
    const { cause, error: message, phase } = outcome;
    return { code: cause ? CAUSES[cause] : FAILURES[phase], message };
  }
  const { status, headers } = outcome;
  if (status >= 200 && status < 300) return outcome;
  const isRedirect = REDIRECT_STATUSES.has(status);
  if (isRedirect && headers['location'] !== undefined) return outcome;
  const code = status >= 300 && status < 400 ? INVALID_REDIRECT : RETRIEVAL_FAILED;
  const missing = isRedirect ? ' without saying where to' : '';
  return { code, message: `The receiver answered ${status}${missing}.` };
}

function redirectOf(hop: Hop, { status, headers }: Response): Hop {
  const location = headers['location'] ?? '';
  const from = URL.parse(hop.url);
  const to = URL.parse(location, hop.url);
  if (from && to && from.origin === to.origin && to.username === '' && to.password === '') {
    to.username = from.username;
    to.password = from.password;
  }
  const url = to?.href ?? location;
  return status === 307 || status === 308
    ? { ...hop, url }
    : { url, method: 'GET', parameters: {} };
}
