import type { Readable } from 'node:stream';
import { html } from 'hono/html';
import type { MemberAccount, Session, SessionPerson } from '../../access/session-store.ts';
import type { App } from '../../app.ts';
import type { Act } from '../../audit/act.ts';
import type { Db } from '../../db/database.ts';
import { withoutDirections } from '../../kit/shown-name.ts';
import type { Form } from '../parameters/form.ts';
import type { ParameterNames } from '../path-parameters.ts';

/** What the `html` tag makes: text in it is escaped, attributes must stand in quotes. */
export type Html = ReturnType<typeof html>;

/** The parts of the console, as the navigation marks the one that is open. */
export type Section = string;

/** A title with the names of things in it, as `heading` makes it. */
export interface Heading {
  readonly html: Html;
  /** For places that hold text alone. */
  readonly text: string;
}

/** The tag of titles that show names: each is kept apart from the writing around it. */
export function heading(words: TemplateStringsArray, ...names: readonly string[]): Heading {
  return {
    html: html(words, ...names.map(isolated)),
    text: withoutDirections(String.raw({ raw: words }, ...names)),
  };
}

/** A name as pages show it: whatever its direction of writing is, it stays its own. */
export function isolated(name: string): Html {
  return html`<bdi>${name}</bdi>`;
}

/** What a page shows; `pages/shell.ts` puts the frame around it. */
export interface View {
  readonly kind: 'view';
  /** Of the window and of the page's heading. */
  readonly title: string | Heading;
  readonly body: Html;
  readonly section?: Section;
  /** A single form in the middle, without navigation: sign-in and consent. */
  readonly plain?: boolean;
  readonly status?: number;
  /** Seconds, where it came too early. */
  readonly retry_after?: string | undefined;
  /** Where its form may lead to beyond this server; the consent page ends at the app. */
  readonly form_leads_away?: boolean;
  /** For style sheets that a script of the page makes; new for each answer. */
  readonly style_nonce?: string;
  /** Takes nothing from other sites that does not offer itself, and may share memory with workers. */
  readonly is_isolated?: boolean;
  readonly cookies?: readonly CookieChange[];
}

/** 303: what a form that did something is answered with. */
export interface SeeOther {
  readonly kind: 'see-other';
  readonly location: string;
  /** Shown once on the page that follows. */
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

/** The cookies in use, by the names that `cookies.ts` completes. */
export type CookieName = 'session' | 'visitor' | 'return' | 'notice' | 'browser';

export interface CookieChange {
  readonly name: CookieName;
  /** Null takes the cookie away. */
  readonly value: string | null;
  /** Seconds; absent: until the browser closes. */
  readonly maxAge?: number;
}

/** What was wrong with the form that the page now shows again. */
export interface Problem {
  readonly message: string;
  /** The field that is wrong and its rule; null when it is no single field. */
  readonly broken: { readonly parameter: string; readonly rule: string } | null;
}

/** One request of a browser, before anybody is known; its path has parameters of these names. */
export interface PageCall<Names extends string = never> {
  readonly app: App;
  readonly db: Db;
  readonly origin: string;
  readonly path: Readonly<Record<Names, string>>;
  readonly query: Form;
  /** What was entered; empty when the page is opened. */
  readonly form: Form;
  readonly files: ReadonlyMap<string, Buffer>;
  readonly cookies: Readonly<Partial<Record<CookieName, string>>>;
  /** Where somebody was going who had to sign in first: a path of ours. */
  readonly destination: string | null;
  /** Belongs into every form: `widgets.ts` puts it there. */
  readonly form_token: string;
  /** The address of the peer. */
  readonly network: string;
  /** Whether it comes from this machine itself, as the control API wants it in development. */
  readonly is_local: boolean;
  readonly user_agent: string | null;
  /** Whoever is signed in, with both factors; null: nobody. */
  readonly session: Session | null;
  /** Signed in with a password only; the second factor is still to come. */
  readonly half_session: Session | null;
  readonly person: SessionPerson | null;
  /**
   * Runs a deed as the person who is signed in. Inside its transaction the session, and the
   * membership where the page is about an account, are read once more. Null: nobody is.
   */
  readonly change: (<T>(deed: (act: Act) => Promise<T>) => Promise<T>) | null;
  /** The accounts of whoever is signed in. */
  readonly accounts: readonly MemberAccount[];
  /** The account that the page is about; null when it is about none. */
  readonly account: MemberAccount | null;
  readonly problem: Problem | null;
  /** Shown once, left by the page before. */
  readonly notice: string | null;
}

/** A request of somebody who is signed in. */
export interface PersonCall<Names extends string = never> extends PageCall<Names> {
  readonly session: Session;
  readonly person: SessionPerson;
  readonly change: <T>(deed: (act: Act) => Promise<T>) => Promise<T>;
}

/** A request about one of a person's accounts. */
export interface AccountCall<Names extends string = never> extends PersonCall<Names> {
  readonly account: MemberAccount;
}

/** Who may open a page: anybody, the signed in, an account's people, the operators. */
export type Who = 'anyone' | 'person' | 'account' | 'operator';

interface PageSpec<Path extends string, Call> {
  /** The name of the page in the metrics. */
  readonly id: string;
  readonly path: Path;
  /** Answers `GET`; it changes nothing. */
  readonly show?: (call: Call) => PageAnswer | Promise<PageAnswer>;
  /**
   * Answers `POST`. An `ApiError` that it throws is shown on the page itself, the form filled
   * in as it was, when there is a `show`.
   */
  readonly submit?: (call: Call) => PageAnswer | Promise<PageAnswer>;
  /** Asks for a recent proof of who one is. */
  readonly sensitive?: boolean;
  readonly development_only?: boolean;
  /** Bytes that a form may have when it carries a file. */
  readonly upload_bytes?: number;
  /** Whether a suspended account's people may do it. */
  readonly while_suspended?: boolean;
}

/** One page of the console, as the server keeps it. */
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
/** A page for whoever is signed in. */
export const personPage = pageFor<PersonCall>('person');
/** A page about the account `:AccountSid` of its path, for that account's people. */
export const accountPage = pageFor<AccountCall>('account');
/** A page for the people who run the platform. */
export const operatorPage = pageFor<PersonCall>('operator');

/** Sends the browser on. `location` is a path of ours, or an app's registered URL. */
export function seeOther(
  location: string,
  rest: Omit<SeeOther, 'kind' | 'location'> = {},
): SeeOther {
  return { kind: 'see-other', location, ...rest };
}

/** A return address lasts as long as somebody may take to sign up. */
const RETURN_SECONDS = 3_600;

/** Remembers a path of ours to go on to after sign-in; null forgets it. */
export function returnTo(path: string | null): CookieChange {
  return { name: 'return', value: path, maxAge: RETURN_SECONDS };
}

export function view(rest: Omit<View, 'kind'>): View {
  return { kind: 'view', ...rest };
}
