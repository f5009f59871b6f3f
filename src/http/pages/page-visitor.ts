import type { FastifyRequest } from 'fastify';
import { laneOf } from '../../access/main-accounts.ts';
import {
  CONFIRMED_FORM_MS,
  CONFIRMED_MS,
  readSession,
  SESSION_TOUCH_MS,
} from '../../access/session.ts';
import {
  fetchAccountOfPerson,
  fetchAccountsOfPerson,
  type MemberAccount,
  type Session,
  touchSession,
} from '../../access/session-store.ts';
import type { App } from '../../app.ts';
import { type Act, act } from '../../audit/act.ts';
import type { Db } from '../../db/database.ts';
import { ApiError, forbidden, NotFound, orNotFound } from '../../kit/api-error.ts';
import { isSid } from '../../kit/sid.ts';
import { pathOf } from '../route-table.ts';
import type { Cookies } from './cookies.ts';
import { type CookieChange, type Page, type SeeOther, seeOther } from './page.ts';

/** The sender of a request, as its cookies show. */
export interface Visitor {
  readonly cookies: ReturnType<Cookies['read']>;
  readonly session: Session | null;
  readonly half_session: Session | null;
  /** The address of the peer. */
  readonly address: string;
  readonly accounts: readonly MemberAccount[];
  /** The text to which form tokens are bound: the session's token or the visitor's id. */
  readonly bound_to: string;
  /** The new `visitor` cookie, for a visitor without a cookie. */
  readonly new_cookies: readonly CookieChange[];
}

const VISITOR_BYTES = 16;
const VISITOR_LENGTH = 22;

/** Reads the cookies. The time of a session's last use is stored now and then. */
export async function meetVisitor(
  app: App,
  cookies: Cookies,
  request: FastifyRequest,
): Promise<Visitor> {
  const { db } = app.database;
  const found = cookies.read(request.headers.cookie);
  const now = app.realNow();
  const session = await readSession(db, found.session, now);
  if (session && now - session.date_seen >= SESSION_TOUCH_MS) {
    await app.database.write((tx) => touchSession(tx, session.digest, now));
  }
  const full = session?.state === 'full' ? session : null;
  const accounts = full ? await fetchAccountsOfPerson(db, full.person.sid) : [];
  const known = session ? found.session : visitorOf(found.visitor);
  const bound_to = known ?? app.randomBytes(VISITOR_BYTES).toString('base64url');
  return {
    cookies: found,
    session: full,
    half_session: session?.state === 'password' ? session : null,
    address: request.ip,
    accounts,
    bound_to,
    new_cookies: known === undefined ? [{ name: 'visitor', value: bound_to }] : [],
  };
}

function visitorOf(cookie: string | undefined): string | undefined {
  return cookie?.length === VISITOR_LENGTH ? cookie : undefined;
}

/** The account that a page is about; null when it is about none. */
export interface Admitted {
  readonly account: MemberAccount | null;
}

/**
 * Admits a visitor to a page, or redirects the browser to the sign-in step that is missing.
 * @throws ApiError 404 for another person's account or an operator's page, so that the answer does
 * not tell whether they exist.
 */
export async function admitVisitor(
  app: App,
  page: Page,
  visitor: Visitor,
  request: FastifyRequest,
): Promise<Admitted | SeeOther> {
  if (page.who === 'anyone') return { account: null };
  const { session, half_session } = visitor;
  if (!session) return seeOther(half_session ? '/login/second-factor' : '/login');
  const account = await accountOf(app.database.db, page, session, request);
  if (page.sensitive) {
    const allowed = request.method === 'POST' ? CONFIRMED_FORM_MS : CONFIRMED_MS;
    if (app.realNow() - session.date_confirmed > allowed) return seeOther('/login/confirm');
  }
  return { account };
}

async function accountOf(
  db: Db,
  page: Page,
  { person }: Session,
  request: FastifyRequest,
): Promise<MemberAccount | null> {
  if (page.who === 'operator' && !person.is_operator) throw new NotFound();
  if (page.who !== 'account') return null;
  const { AccountSid = '' } = pathOf(request);
  return orNotFound(await fetchAccountOfPerson(db, person.sid, AccountSid));
}

/**
 * Runs a deed as the signed-in person. Its transaction checks session and rights once more. The
 * deed takes its turn among the writes of the account that it changes: the account of the page, or
 * the one that an operator's page names in its path, or the given one.
 */
export function changeAs(
  app: App,
  page: Page,
  visitor: Visitor,
  { account, path }: Admitted & { readonly path: Readonly<Record<string, string>> },
) {
  return async <T>(deed: (doing: Act) => Promise<T>, account_sid?: string | null): Promise<T> => {
    const sid = account_sid ?? account?.sid ?? path['Sid'] ?? '';
    const lane = isSid('AC', sid) ? await laneOf(app, sid) : undefined;
    return act(
      app,
      async (tx) => {
        const session = await readSession(tx, visitor.cookies.session, app.realNow());
        if (session?.state !== 'full') {
          throw new ApiError(401, 20003, 'Your session has ended. Log in again.');
        }
        const { person } = session;
        if (page.who === 'operator' && !person.is_operator) throw new NotFound();
        if (account) await admitToAccount(tx, page, person.sid, account.sid);
        return { kind: 'person', sid: person.sid, grant_sid: null, address: visitor.address };
      },
      deed,
      lane,
    );
  };
}

async function admitToAccount(tx: Db, page: Page, person_sid: string, sid: string): Promise<void> {
  const account = orNotFound(await fetchAccountOfPerson(tx, person_sid, sid));
  if (account.status !== 'active' && !page.while_suspended) {
    throw forbidden('The account is suspended; ask the operator to reactivate it.');
  }
}
