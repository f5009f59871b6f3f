import type { FastifyReply } from 'fastify';
import type { App } from '../../app.ts';
import { isConflict } from '../../db/db-error.ts';
import { readsUntil } from '../../db/postgres/reads-until.ts';
import { ApiError, conflict } from '../../kit/api-error.ts';
import type { Answer, Answerer } from '../answers/answer.ts';
import { untilGone } from '../answers/client-gone.ts';
import { inTime } from '../answers/deadline.ts';
import { isLocal } from '../guards/operator-guard.ts';
import { openRateLimits, type RateLimits } from '../guards/rate-limits.ts';
import { demandPathParameters, locationOf, originOf } from '../location.ts';
import { EMPTY_FORM, parseForm, singleValue } from '../parameters/form.ts';
import type { Submitted } from '../parameters/multipart.ts';
import { noteSender } from '../request-log.ts';
import { pathOf, type RouteTable } from '../route-table.ts';
import { routedMethods } from '../routed-methods.ts';
import { type Cookies, openCookies } from './cookies.ts';
import { demandOwnOrigin, foreignForm } from './form-origin.ts';
import {
  type CookieChange,
  type FileAnswer,
  type Page,
  type PageAnswer,
  type PageCall,
  returnTo,
  type SeeOther,
  type View,
} from './page.ts';
import { NOTHING_SUBMITTED, readSubmitted } from './page-form.ts';
import {
  type Admitted,
  admitVisitor,
  changeAs,
  meetVisitor,
  type Visitor,
} from './page-visitor.ts';

/** The console as data: its pages, and the frame around each. */
export interface Pages {
  readonly list: readonly Page[];
  readonly render: (view: View, call: PageCall) => Promise<string>;
  /** Makes the page of an error. It needs no database and no request. */
  readonly renderError: (error: ApiError, app: App) => Promise<string>;
}

/** The hidden field of every form. */
export const FORM_TOKEN = 'form_token';
const NOTICE_SECONDS = 60;
const MAX_NOTICE_LENGTH = 300;
const HTML = 'text/html; charset=utf-8';
/** Isolates a page from other origins, together with every page's Cross-Origin-Opener-Policy. */
const ISOLATED = { 'cross-origin-embedder-policy': 'require-corp' };
/** Sent at the end of a session: the browser deletes the data that it stored for this site. */
const FORGET = { 'clear-site-data': '"cache", "storage"' };

/** Serves the pages: `show` answers GET, `submit` answers POST. */
export function servePages(
  table: RouteTable,
  app: App,
  pages: Pages,
  answer: Answerer['answerPage'],
): void {
  const desk = {
    app,
    pages,
    cookies: openCookies(app.config, app.keyRing),
    limits: openRateLimits(app.config),
  };
  for (const page of pages.list) {
    const serve = (method: 'GET' | 'POST', operation: string) =>
      table.add({
        methods: routedMethods(method),
        path: page.path,
        operation,
        body_bytes: page.upload_bytes,
        handle: async (_request, reply) => {
          const work = answerPage(desk, page, reply);
          const answered = await inTime(work, { changes: method === 'POST' });
          return answer(reply, { ...answered, operation });
        },
      });
    if (page.show) serve('GET', page.id);
    if (page.submit) serve('POST', `${page.id}Submit`);
  }
}

type Unnamed = Omit<Answer, 'operation'>;

/** The parts that all requests for pages share. */
interface Desk {
  readonly app: App;
  readonly pages: Pages;
  readonly cookies: Cookies;
  readonly limits: RateLimits;
}

async function answerPage(desk: Desk, page: Page, reply: FastifyReply): Promise<Unnamed> {
  const { request } = reply;
  const { app, cookies, limits } = desk;
  const path = pathOf(request);
  demandPathParameters(path);
  const isPost = request.method === 'POST';
  const origin = originOf(app.config.publicUrl, request.protocol === 'https', request.headers.host);
  if (isPost) demandOwnOrigin(request.headers, new URL(origin).origin);
  const visitor = await meetVisitor(app, cookies, request);
  const person = visitor.session?.person_sid;
  await limits.visited(request.ip, person ?? null, isPost ? page.weight : undefined);
  noteSender(request, { person });
  const admitted = await admitVisitor(app, page, visitor, request);
  if ('kind' in admitted) {
    const back = page.show ? locationOf(request.raw).target : null;
    return redirect(cookies, { ...admitted, cookies: [returnTo(back)] });
  }
  if (admitted.account) noteSender(request, { account: admitted.account.sid, person });
  const submitted = isPost
    ? await readSubmitted(request, page.upload_bytes !== undefined)
    : NOTHING_SUBMITTED;
  const token = singleValue(submitted.form, FORM_TOKEN) ?? '';
  if (isPost && !cookies.isFormToken(token, visitor.bound_to)) throw foreignForm();
  const call = callOf(desk, page, reply, { ...admitted, ...submitted, visitor, origin });
  const [answer, shown] = isPost
    ? await submit(page, call)
    : [await required(page.show)(call), call];
  if (answer.kind === 'see-other') return redirect(cookies, answer);
  if (answer.kind === 'file') return fileAnswer(answer);
  return viewAnswer(desk, visitor, answer, shown);
}

/** Makes the argument of a page's `show` and `submit` from a request. */
function callOf(
  { app, cookies }: Desk,
  page: Page,
  { request, raw: response }: FastifyReply,
  known: Admitted & Submitted & { readonly visitor: Visitor; readonly origin: string },
): PageCall {
  const { account, form, files, visitor, origin } = known;
  const { session, half_session, accounts } = visitor;
  const path = pathOf(request);
  const isOpened = request.method === 'GET' || request.method === 'HEAD';
  return {
    app,
    db: isOpened ? readsUntil(app.database.db, untilGone(response)) : app.database.db,
    origin,
    path,
    query: isOpened ? parseForm(locationOf(request.raw).query) : EMPTY_FORM,
    form,
    files,
    cookies: visitor.cookies,
    destination: cookies.openReturn(visitor.cookies.return),
    form_token: cookies.formToken(visitor.bound_to),
    network: request.ip,
    is_local: isLocal(request),
    user_agent: request.headers['user-agent'] ?? null,
    session,
    half_session,
    accounts,
    account,
    problem: null,
    notice: visitor.cookies.notice ?? null,
    person: session?.person ?? null,
    change: session && changeAs(app, page, visitor, { account, path }),
  };
}

/** Submits a form. A refused form is shown again with its entries and the error. */
async function submit(page: Page, call: PageCall): Promise<[PageAnswer, PageCall]> {
  try {
    return [await required(page.submit)(call), call];
  } catch (error) {
    const refusal = isConflict(error)
      ? conflict('Something else changed at the same moment; try again.')
      : error;
    if (!(refusal instanceof ApiError) || !page.show || refusal.status === 404) throw refusal;
    const { message, broken, status } = refusal;
    const again = { ...call, problem: { message, broken } };
    const shown = await page.show(again);
    const retry_after = refusal.headers['Retry-After'];
    return [shown.kind === 'view' ? { ...shown, status, retry_after } : shown, again];
  }
}

/** The `show` or `submit` of a page. It is there, because only existing ones have a route. */
function required<T>(part: T | undefined): T {
  if (part === undefined) throw new Error('a page has a route for a method that it lacks');
  return part;
}

function redirect(cookies: Cookies, answer: SeeOther): Unnamed {
  const changes = [...(answer.cookies ?? [])];
  if (answer.notice !== undefined) {
    const value = answer.notice.slice(0, MAX_NOTICE_LENGTH);
    changes.push({ name: 'notice', value, maxAge: NOTICE_SECONDS });
  }
  const ends = changes.some(({ name, value }) => name === 'session' && value === null);
  const headers = { location: asciiUrl(answer.location), ...(ends && FORGET) };
  return { status: 303, headers, cookies: changes.flatMap(cookies.write) };
}

/**
 * An address in ASCII, for a header. An app's URL is stored as it was written and may have letters
 * of any script, but Node refuses a header that is not Latin-1.
 */
function asciiUrl(location: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range is all of ASCII
  if (/^[\x00-\x7f]*$/.test(location)) return location;
  return URL.parse(location)?.href ?? encodeURI(location);
}

function fileAnswer({ type, bytes, headers = {} }: FileAnswer): Unnamed {
  return { status: 200, type, body: bytes, headers: { ...headers } };
}

async function viewAnswer(
  { pages, cookies }: Desk,
  visitor: Visitor,
  answer: View,
  call: PageCall,
): Promise<Unnamed> {
  const changes: CookieChange[] = [...visitor.new_cookies, ...(answer.cookies ?? [])];
  if (call.notice !== null) changes.push({ name: 'notice', value: null });
  return {
    status: answer.status ?? 200,
    type: HTML,
    body: await pages.render(answer, call),
    headers: {
      'content-security-policy': contentSecurityPolicy(answer),
      ...(answer.is_isolated && ISOLATED),
      ...(answer.retry_after !== undefined && { 'retry-after': answer.retry_after }),
    },
    cookies: changes.flatMap(cookies.write),
  };
}

/**
 * Pages load only our own files, appear in no frame and send forms only to this server. A browser
 * checks a form's target along the whole chain of redirects. The consent page's form leads to an
 * app's Authorize URL, and the app may redirect to any site, so that form may end anywhere.
 */
function contentSecurityPolicy({
  form_leads_away,
  style_nonce,
}: Pick<View, 'form_leads_away' | 'style_nonce'>): string {
  return [
    "default-src 'none'",
    "object-src 'none'",
    `style-src 'self'${style_nonce === undefined ? '' : ` 'nonce-${style_nonce}'`}`,
    "script-src 'self'",
    "connect-src 'self'",
    "img-src 'self' data:",
    "media-src 'self'",
    `form-action 'self'${form_leads_away ? ' https: http:' : ''}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
