import type { App } from '../app.ts';
import type { NewEntry } from '../carrier/timeline.ts';
import { guardedFetch, type Outcome } from '../webhooks/guarded-fetch.ts';
import { signedForm, USER_AGENT } from '../webhooks/signed-form.ts';
import { causeOf, REDIRECT_STATUSES } from '../webhooks/webhook.ts';
import { readWebhookUrl, type WebhookUrl } from '../webhooks/webhook-url.ts';
import type { Method } from './call-run.ts';
import type { Answer } from './read-answer.ts';
import {
  CONNECTION_FAILED,
  INVALID_URL,
  RETRIEVAL_FAILED,
  TOO_MANY_REDIRECTS,
  TWIML_MAX_BYTES,
  type TwimlError,
} from './twiml.ts';

/** Redirects that are followed, one after the other. */
export const MAX_REDIRECTS = 5;
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

/** What asking one URL came to; either an answer of 2xx or an error. */
export type Fetched = {
  /** Where it ended up, as it was written: with user name and password. */
  readonly url: string;
  /** A `request` for each one that was made. */
  readonly entries: readonly NewEntry[];
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
}

type Response = Extract<Outcome, { kind: 'response' }>;

/**
 * Asks one URL, and those that it redirects to. Each request is judged and signed anew. Like a
 * browser, it goes on by GET, without its parameters, after 301, 302 and 303; user name and
 * password stay within their origin. The fragment of the first URL is for all (contract §5.2).
 */
export async function fetchAnswer(app: App, token: string, first: Hop): Promise<Fetched> {
  const asking: Asking = {
    app,
    token,
    idempotency_token: app.randomBytes(IDEMPOTENCY_BYTES).toString('hex'),
    overrides: readWebhookUrl(first.url).overrides,
    ends: performance.now() + ANSWER_MS,
    entries: [],
  };
  const { entries } = asking;
  let hop = first;
  for (let redirects = 0; ; redirects += 1) {
    const { url } = hop;
    const outcome = await tryHop(asking, hop);
    const response = judge(outcome);
    if ('code' in response) return { url, entries, answer: null, error: response };
    if (response.status < 300) return { url, entries, answer: response, error: null };
    if (redirects === MAX_REDIRECTS) {
      const message = `The receiver redirected more than ${MAX_REDIRECTS} times.`;
      return { url, entries, answer: null, error: { code: TOO_MANY_REDIRECTS, message } };
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
  const { url, credentials } = readWebhookUrl(hop.url);
  const form = signedForm(token, hop.method, url, hop.parameters);
  const started = performance.now();
  const outcome = await guardedFetch(app, {
    url: form.url,
    method: hop.method,
    headers: {
      'User-Agent': USER_AGENT,
      Accept: ACCEPTED,
      'I-Twilio-Idempotency-Token': asking.idempotency_token,
      'X-Twilio-Signature': form.signature,
      ...(form.type !== null && { 'Content-Type': form.type }),
    },
    ...(form.body !== null && { body: form.body }),
    credentials,
    connect_ms: overrides.connect_ms,
    read_ms: overrides.read_ms,
    total_ms: Math.max(1, Math.min(overrides.total_ms, asking.ends - started)),
    body_max_bytes: TWIML_MAX_BYTES,
  });
  entries.push({
    kind: 'request',
    detail: {
      method: hop.method,
      url: form.url.slice(0, SHOWN_CHARACTERS),
      status: outcome.kind === 'response' ? outcome.status : null,
      ms: Math.round(performance.now() - started),
      ...(outcome.kind === 'failure' && { error: outcome.error }),
    },
  });
  return outcome;
}

/** An answer or a redirect as it is, everything else as an error. */
function judge(outcome: Outcome): Response | TwimlError {
  if (outcome.kind === 'failure') {
    return { code: FAILURES[outcome.phase], message: outcome.error };
  }
  const { status, headers } = outcome;
  if (status >= 200 && status < 300) return outcome;
  const isRedirect = REDIRECT_STATUSES.has(status);
  if (isRedirect && headers['location'] !== undefined) return outcome;
  const missing = isRedirect ? ' without saying where to' : '';
  return { code: RETRIEVAL_FAILED, message: `The receiver answered ${status}${missing}.` };
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
