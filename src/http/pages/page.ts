import type { Readable } from 'node:stream';
import { html } from 'hono/html';
import type { MemberAccount, Session, SessionPerson } from '../../access/session-store.ts';
import type { App } from '../../app.ts';
import type { Act } from '../../audit/act.ts';
import type { Db } from '../../db/database.ts';
import { withoutDirections } from '../../kit/shown-name.ts';
import type { Form } from '../parameters/form.ts';
import type { ParameterNames } from '../path-parameters.ts';

/** The result of the `html` tag. It escapes texts; attributes need quotes. */
export type Html = ReturnType<typeof html>;

/** A part of the console. The navigation marks the open one. */
export type Section = string;

/** A title with names of resources in it, made by `heading`. */
export interface Heading {
  readonly html: Html;
  /** The title for places that hold text only. */
  readonly text: string;
}

/** The tag of titles with names. Each name keeps its own writing direction. */
export function heading(words: TemplateStringsArray, ...names: readonly string[]): Heading {
  return {
    html: html(words, ...names.map(isolated)),
    text: withoutDirections(String.raw({ raw: words }, ...names)),
  };
}

/** A name as pages show it, with its own writing direction. */
export function isolated(name: string): Html {
  return html`<bdi>${name}</bdi>`;
}

/** The content of a page. The console's shell adds the frame. */
export interface View {
  readonly kind: 'view';
  /** The title of the window, and the page's heading. */
  readonly title: string | Heading;
  readonly body: Html;
  readonly section?: Section;
  /** A single form in the middle, without navigation: sign-in and consent. */
  readonly plain?: boolean;
  readonly status?: number;
  /** `Retry-After` in seconds, when the request came too early. */
  readonly retry_after?: string | undefined;
  /** Whether the page's form may lead to another site; the consent page's ends at the app. */
  readonly form_leads_away?: boolean;
  /** The nonce of style sheets that the page's script makes; new for each answer. */
  readonly style_nonce?: string;
  /**
   * Isolates the page from other origins, so that it may share memory with workers.
   */
  readonly is_isolated?: boolean;
  readonly cookies?: readonly CookieChange[];
}

/** A 303 redirect, the answer to a form that changed something. */
export interface SeeOther {
  readonly kind: 'see-other';
  readonly location: string;
  /** A text that the next page shows once. */
  readonly notice?: string;
  readonly cookies?: readonly CookieChange[];
}

/** An image or a download. */
export interface FileAnswer {
  readonly kind: 'file';
  readonly type: string;
  readonly bytes: Buffer | Readable | string;
  readonly headers?: Readonly<Record<string, string>>;
}

export type PageAnswer = View | SeeOther | FileAnswer;

/** The cookies in use. `cookies.ts` adds the prefix to their names. */
export type CookieName = 'session' | 'visitor' | 'return' | 'notice' | 'browser';

export interface CookieChange {
  readonly name: CookieName;
  /** Null removes the cookie. */
  readonly value: string | null;
  /** Seconds; absent: the cookie lasts until the browser closes. */
  readonly maxAge?: number;
}

/** The error of a submitted form that the page shows again. */
export interface Problem {
  readonly message: string;
  /** The wrong field and its rule; null when the error is not about one field. */
  readonly broken: { readonly parameter: string; readonly rule: string } | null;
}

/**
 * Runs a deed as the signed-in person.
 * @param account_sid the account in whose turn it writes, when the page is about none
 */
type Change = <T>(deed: (act: Act) => Promise<T>, account_sid?: string | null) => Promise<T>;

/** One request of a browser, from anybody. `Names` are the parameters of its path. */
export interface PageCall<Names extends string = never> {
  readonly app: App;
  readonly db: Db;
  readonly origin: string;
  readonly path: Readonly<Record<Names, string>>;
  readonly query: Form;
  /** The submitted parameters; empty when the page is opened. */
  readonly form: Form;
  readonly files: ReadonlyMap<string, Buffer>;
  readonly cookies: Readonly<Partial<Record<CookieName, string>>>;
  /** The path of the page that made the visitor sign in first. */
  readonly destination: string | null;
  /** The token that every form must hold. */
  readonly form_token: string;
  /** The address of the peer. */
  readonly network: string;
  /** Whether the request comes from this machine; the control API requires that in development. */
  readonly is_local: boolean;
  readonly user_agent: string | null;
  /** The session after both factors; null: nobody is signed in. */
  readonly session: Session | null;
  /** The session after the password, before the second factor. */
  readonly half_session: Session | null;
  readonly person: SessionPerson | null;
  /**
   * Runs a deed as the signed-in person; null: nobody is signed in. The deed's transaction checks
   * the session once more. On a page about an account, it checks the membership too.
   */
  readonly change: Change | null;
  /** The accounts of the signed-in person. */
  readonly accounts: readonly MemberAccount[];
  /** The account that the page is about; null when it is about none. */
  readonly account: MemberAccount | null;
  readonly problem: Problem | null;
  /** A text from the previous page, shown once. */
  readonly notice: string | null;
}

/** A request of a signed-in person. */
export interface PersonCall<Names extends string = never> extends PageCall<Names> {
  readonly session: Session;
  readonly person: SessionPerson;
  readonly change: Change;
}

/** A request about one of a person's accounts. */
export interface AccountCall<Names extends string = never> extends PersonCall<Names> {
  readonly account: MemberAccount;
}

/** The visitors who may open a page: anybody, signed-in people, an account's people, operators. */
export type Who = 'anyone' | 'person' | 'account' | 'operator';

interface PageSpec<Path extends string, Call> {
  /** The name of the page in the metrics. */
  readonly id: string;
  readonly path: Path;
  /** Answers `GET`; it changes nothing. */
  readonly show?: (call: Call) => PageAnswer | Promise<PageAnswer>;
  /**
   * Answers `POST`. When it throws an `ApiError` and the page has `show`, the page appears again
   * with the error and the entries.
   */
  readonly submit?: (call: Call) => PageAnswer | Promise<PageAnswer>;
  /** Whether the page requires that the person proved their identity recently. */
  readonly sensitive?: boolean;
  readonly development_only?: boolean;
  /** The size limit of a form with a file. */
  readonly upload_bytes?: number;
  /** How many pages a `submit` counts as, when it computes for long; otherwise it is one. */
  readonly weight?: number;
  /** Whether people of a suspended account may submit the page. */
  readonly while_suspended?: boolean;
}

/** One page of the console, as the server's list has it. */
export interface Page extends PageSpec<string, PageCall> {
  readonly who: Who;
}

function pageFor<Call extends PageCall>(who: Who) {
  return <Path extends string>(
    spec: PageSpec<Path, Call & PageCall<ParameterNames<Path>>>,
  ): Page => ({ ...(spec as unknown as PageSpec<Path, PageCall>), who });
}

/** A page that anybody may open. */
export const openPage = pageFor<PageCall>('anyone');
/** A page for any signed-in person. */
export const personPage = pageFor<PersonCall>('person');
/** A page about the account `:AccountSid` of its path, for that account's people. */
export const accountPage = pageFor<AccountCall>('account');
/** A page for the platform's operators. */
export const operatorPage = pageFor<PersonCall>('operator');

/** Redirects the browser. `location` is a path on this server, or an app's registered URL. */
export function seeOther(
  location: string,
  rest: Omit<SeeOther, 'kind' | 'location'> = {},
): SeeOther {
  return { kind: 'see-other', location, ...rest };
}

/** The lifetime of a return address; long enough to sign up. */
const RETURN_SECONDS = 3_600;

/** The cookie that holds the path to open after sign-in; null removes it. */
export function returnTo(path: string | null): CookieChange {
  return { name: 'return', value: path, maxAge: RETURN_SECONDS };
}

export function view(rest: Omit<View, 'kind'>): View {
  return { kind: 'view', ...rest };
}
