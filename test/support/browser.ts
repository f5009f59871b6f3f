import { parseCookie } from 'cookie';
import type { Account } from '../../src/accounts/account.ts';
import { FORM_TOKEN } from '../../src/http/pages/page-routes.ts';
import { createPerson } from '../../src/people/create-person.ts';
import type { Person } from '../../src/people/person.ts';
import { startSession } from '../../src/people/sign-in/start-session.ts';
import { asSystem, type Reply, type TestApp } from './test-app.ts';

/** The answer to a page, as a person would see it. */
export interface Visit extends Reply {
  /** The target of a redirect. */
  readonly location: string | undefined;
}

/**
 * A browser without JavaScript. It keeps cookies, follows the server's own redirects when a test
 * asks for it, and sends forms with the hidden fields of their page.
 */
export class Browser {
  readonly cookies = new Map<string, string>();
  readonly #app: TestApp;

  constructor(app: TestApp) {
    this.#app = app;
  }

  /** Opens a page and follows no redirect. */
  get(path: string, headers: Record<string, string> = {}): Promise<Visit> {
    return this.#send('GET', path, undefined, headers);
  }

  /** Opens a page and follows redirects that stay on this server. */
  async open(path: string): Promise<Visit> {
    let visit = await this.get(path);
    for (let hops = 0; hops < 10 && visit.location?.startsWith('/'); hops += 1) {
      visit = await this.get(visit.location);
    }
    return visit;
  }

  /** Sends a form as it is, without any hidden field. */
  post(
    path: string,
    form: Record<string, string | readonly string[]> | string,
    headers: Record<string, string> = {},
  ): Promise<Visit> {
    return this.#send('POST', path, form, headers);
  }

  /**
   * Sends the form with this action from an opened page, with its hidden fields. It throws when the
   * page has no such form, because a person could not click it either.
   */
  async submit(
    page: Visit,
    action: string,
    form: Record<string, string | readonly string[]> = {},
  ): Promise<Visit> {
    return this.post(action, { ...hiddenFields(page.text, action), ...form });
  }

  /**
   * Sends the form of a page with files, as a browser does for `multipart/form-data`. An empty file
   * stands for a field without a file.
   */
  async upload(
    page: Visit,
    action: string,
    form: Record<string, string | readonly string[]>,
    files: Readonly<Record<string, Buffer>>,
  ): Promise<Visit> {
    const data = new FormData();
    for (const [name, values] of Object.entries({ ...hiddenFields(page.text, action), ...form })) {
      for (const value of [values].flat()) data.append(name, value);
    }
    for (const [name, bytes] of Object.entries(files)) {
      data.append(name, new File([new Uint8Array(bytes)], 'a file'));
    }
    const body = new Response(data);
    const reply = await this.#app.server.inject({
      method: 'POST',
      url: action,
      headers: {
        host: 'localhost',
        cookie: this.#cookie(),
        'content-type': body.headers.get('content-type') ?? '',
      },
      payload: Buffer.from(await body.arrayBuffer()),
    });
    const headers = reply.headers as Reply['headers'];
    return this.#visited(reply.statusCode, headers, reply.body);
  }

  #cookie(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  async #send(
    method: string,
    path: string,
    form: Record<string, string | readonly string[]> | string | undefined,
    headers: Record<string, string>,
  ): Promise<Visit> {
    const cookie = this.#cookie();
    const reply = await this.#app.request(method, path, {
      headers: { ...(cookie !== '' && { cookie }), ...headers },
      ...(form !== undefined && { form }),
    });
    return this.#visited(reply.status, reply.headers, reply.text);
  }

  #visited(status: number, headers: Reply['headers'], text: string): Visit {
    const set = headers['set-cookie'] as unknown as string | string[] | undefined;
    for (const line of [set ?? []].flat()) this.#keep(line);
    return { status, headers, text, json: null, location: headers['location'] };
  }

  #keep(line: string): void {
    const [name = '', value] = Object.entries(parseCookie(line.split(';')[0] ?? ''))[0] ?? [];
    if (value === undefined || value === '' || /max-age=0/i.test(line)) this.cookies.delete(name);
    else this.cookies.set(name, value);
  }
}

/** The hidden fields of the form with this action in a page. */
export function hiddenFields(page: string, action: string): Record<string, string> {
  const forms = page.match(/<form\b[^>]*>[\s\S]*?<\/form>/g) ?? [];
  const form = forms.find((one) => unescaped(/action="([^"]*)"/.exec(one)?.[1] ?? '') === action);
  if (form === undefined) throw new Error(`no form leads to ${action} in:\n${page}`);
  const fields: Record<string, string> = {};
  for (const [input] of form.matchAll(/<input\b[^>]*type="hidden"[^>]*>/g)) {
    const name = /name="([^"]*)"/.exec(input)?.[1] ?? '';
    fields[unescaped(name)] = unescaped(/value="([^"]*)"/.exec(input)?.[1] ?? '');
  }
  return fields;
}

export function unescaped(text: string): string {
  const entities: Record<string, string> = { lt: '<', gt: '>', quot: '"', '#39': "'", amp: '&' };
  return text.replaceAll(/&(lt|gt|quot|#39|amp);/g, (_, name: string) => entities[name] ?? '');
}

/** The anti-forgery token of a page's forms. */
export function formTokenOf(page: Visit): string {
  return new RegExp(`name="${FORM_TOKEN}" value="([^"]+)"`).exec(page.text)?.[1] ?? '';
}

let people = 0;

/** A person of an account, without a password. Tests of pages sign people in directly. */
export function aPerson(
  app: TestApp,
  account: Account | null,
  options: { readonly email?: string; readonly name?: string; readonly is_operator?: boolean } = {},
): Promise<Person> {
  people += 1;
  return asSystem(app, (doing) =>
    createPerson(doing, {
      email: `person${people}@example.com`,
      name: 'A person',
      password_hash: null,
      account_sid: account?.sid ?? null,
      ...options,
    }),
  );
}

/** A browser in which the person is signed in. */
export async function signedIn(app: TestApp, person: Pick<Person, 'sid'>): Promise<Browser> {
  const browser = new Browser(app);
  const cookie = await asSystem(app, (doing) =>
    startSession(doing, person.sid, { state: 'full', user_agent: null }),
  );
  browser.cookies.set('tieline_session', cookie);
  return browser;
}
