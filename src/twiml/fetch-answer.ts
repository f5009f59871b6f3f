import type { App } from '../app.ts';
import type { NewEntry } from '../carrier/timeline.ts';
import { HOPS_HEADER } from '../http/parameters/hops.ts';
import { hasUserInfo } from '../kit/user-info.ts';
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

/** The most redirects that are followed, one after the other. */
const MAX_REDIRECTS = 5;
/** The most time for one URL, with all its redirects and retries. */
export const ANSWER_MS = 20_000;
const IDEMPOTENCY_BYTES = 16;
/** The most characters of a URL in the timeline. */
const SHOWN_CHARACTERS = 2_000;
const ACCEPTED = 'text/xml, application/xml, text/html, text/plain, audio/*';
/** The error code for each phase in which a request can fail. */
const FAILURES = {
  refused: INVALID_URL,
  connect: CONNECTION_FAILED,
  read: RETRIEVAL_FAILED,
} as const;
/** The error code for each known cause. */
const CAUSES: Readonly<Record<FailureCause, number>> = {
  'bad-name': BAD_HOST_NAME,
  'certificate-name': CERTIFICATE_OF_ANOTHER,
  'certificate-expired': CERTIFICATE_EXPIRED,
  'certificate-path': CERTIFICATE_WITHOUT_PATH,
  handshake: HANDSHAKE_FAILED,
  protocol: PROTOCOL_VIOLATION,
};
/** The most characters of an answer that are kept with a failed request. */
const KEPT_CHARACTERS = 4_096;

/** One request, in the form in which a failure records it. */
export type Asked = Omit<NewAttempt, 'delivery_sid' | 'root_sid' | 'number'>;

/** The result of requesting one URL: an answer of 2xx, or an error. */
export type Fetched = {
  /** The last URL, after redirects, with user name and password. */
  readonly url: string;
  /** A `request` entry for each request. */
  readonly entries: readonly NewEntry[];
  readonly asked: readonly Asked[];
  readonly idempotency_token: string;
} & (
  | { readonly answer: Answer; readonly error: null }
  | { readonly answer: null; readonly error: TwimlError }
);

/** One request. */
interface Hop {
  readonly url: string;
  readonly method: Method;
  readonly parameters: Readonly<Record<string, string>>;
}

/** The part that is the same for all requests of one URL. */
interface Asking {
  readonly app: App;
  readonly token: string;
  readonly idempotency_token: string;
  readonly overrides: WebhookUrl['overrides'];
  /** The end of the time, by the clock of `performance`. */
  readonly ends: number;
  readonly entries: NewEntry[];
  readonly asked: Asked[];
  readonly cookies: Cookies;
  readonly hops: number | undefined;
}

type Response = Extract<Outcome, { kind: 'response' }>;

/**
 * Requests one URL, and the URLs that it redirects to. The address check and the signature are made
 * for each request. As in a browser, the request after 301, 302 and 303 is a GET without
 * parameters. User name and password are not sent to another origin. The fragment of the first URL
 * applies to all.
 */
export async function fetchAnswer(
  app: App,
  token: string,
  first: Hop & { readonly hops?: number },
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
    hops: first.hops,
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

/** Makes a request, and repeats it after failures as often as the fragment and the time allow. */
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
  const { app, token, overrides, entries, hops } = asking;
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
      ...(hops !== undefined && { [HOPS_HEADER]: String(hops) }),
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

/** Returns an answer or a redirect unchanged, and everything else as an error. */
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
  if (from && to && from.origin === to.origin && !hasUserInfo(to)) {
    to.username = from.username;
    to.password = from.password;
  }
  const url = to?.href ?? location;
  return status === 307 || status === 308
    ? { ...hop, url }
    : { url, method: 'GET', parameters: {} };
}
