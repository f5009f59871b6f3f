import { randomBytes } from 'node:crypto';
import { suite } from 'node:test';
import type { FastifyInstance } from 'fastify';
import type { Account } from '../../src/accounts/account.ts';
import { newAuthToken } from '../../src/accounts/auth-token.ts';
import { createAccount } from '../../src/accounts/create-account.ts';
import { createApiKey } from '../../src/accounts/create-api-key.ts';
import { type App, type Outside, openApp } from '../../src/app.ts';
import { type Act, act } from '../../src/audit/act.ts';
import { SYSTEM } from '../../src/audit/audit-event.ts';
import { authorizeApp } from '../../src/authorizations/authorize-app.ts';
import type { Grant } from '../../src/authorizations/grant.ts';
import { type Config, readConfig } from '../../src/config.ts';
import type { ConnectApp } from '../../src/connect-apps/connect-app.ts';
import { createConnectApp, type NewConnectApp } from '../../src/connect-apps/create-connect-app.ts';
import type { Engine } from '../../src/db/database.ts';
import { buildServer } from '../../src/http/server.ts';
import { TaskWorker } from '../../src/jobs/task-worker.ts';
import { openLog } from '../../src/kit/log.ts';
import { ROUTES } from '../../src/routes.ts';
import { type DeliveryCounts, DeliveryWorker } from '../../src/webhooks/deliver-webhooks.ts';
import { TASK_HANDLERS } from '../../src/workers.ts';
import { freshDatabase } from './test-database.ts';

/** The store of a test's data: a folder as in production, the process's memory, or PostgreSQL. */
export type TestEngine = Engine | 'memory';

/** The engines that keep data. PostgreSQL is among them when the run has a server. */
export const ENGINES: readonly Engine[] = process.env['TEST_DATABASE_URL']
  ? ['sqlite', 'postgres']
  : ['sqlite'];

/**
 * The same tests on every engine. SQLite answers in memory as it does in a folder, so a folder
 * stands for both: only there do reads have a connection of their own, as a server's have.
 */
export function onEveryEngine(name: string, define: (engine: Engine) => void): void {
  for (const engine of ENGINES) void suite(`${name} (${engine})`, () => define(engine));
}

/**
 * The same tests in memory too: for the order of reads and writes, which share one connection
 * there.
 */
export function onEveryStorage(name: string, define: (engine: TestEngine) => void): void {
  for (const engine of ['memory', ...ENGINES] as const) {
    void suite(`${name} (${engine})`, () => define(engine));
  }
}

/** Username and password of Basic authentication. */
export interface Login {
  readonly username: string;
  readonly password: string;
}

export interface Reply {
  readonly status: number;
  readonly headers: Record<string, string | undefined>;
  readonly text: string;
  /** The body as JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read it field by field
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly json: any;
}

export interface Sent {
  readonly login?: Login | undefined;
  readonly form?: Record<string, string | readonly string[]> | string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

/** The row of an account, with its primary token. */
export type TestAccount = Account & { readonly auth_token: string };

export const START_OF_TIME = Date.UTC(2026, 2, 18, 23, 31, 36);

/** The real product on a real database. Time stands still until a test moves it. */
export interface TestApp extends AsyncDisposable {
  readonly app: App;
  readonly server: FastifyInstance;
  readonly logLines: string[];
  /** Moves the product's time forward. */
  advance(ms: number): void;
  /** Moves the real time forward. Sign-in, sessions and rate limits depend on it. */
  advanceReal(ms: number): void;
  request(method: string, path: string, sent?: Sent): Promise<Reply>;
  get(path: string, login?: Login): Promise<Reply>;
  post(path: string, login: Login | undefined, form: Sent['form']): Promise<Reply>;
  control(method: string, path: string, body?: unknown): Promise<Reply>;
  /** Lets the carrier do all due tasks and sends every webhook, as a server's workers do. */
  deliver(): Promise<DeliveryCounts>;
  /** Listens on a free port. @returns the address without a closing slash */
  listen(): Promise<string>;

  anAccount(
    options?: Partial<Pick<Account, 'sid' | 'type' | 'friendly_name'>>,
  ): Promise<TestAccount>;
  aSubaccount(of: Account, friendly_name?: string): Promise<TestAccount>;
  aKey(of: Account, kind: 'main' | 'standard'): Promise<Login>;
  aConnectApp(of: Account, options?: Partial<NewConnectApp>): Promise<ConnectApp>;
  aGrant(app: ConnectApp, customer: Account): Promise<Grant>;
}

export interface TestAppOptions {
  readonly engine: TestEngine;
  readonly config?: Partial<Config>;
  /** The beginning of the story; `START_OF_TIME` by default. */
  readonly now?: number;
  /** The addresses of host names, in place of DNS. */
  readonly resolve?: (hostname: string) => Promise<string[]>;
  /** The disk, and the end of the process when it fails. */
  readonly disk?: Pick<Outside, 'sync' | 'exit'>;
}

export async function testApp(options: TestAppOptions): Promise<TestApp> {
  const { engine, config } = options;
  const database = await freshDatabase(engine);
  const logLines: string[] = [];
  let now = options.now ?? START_OF_TIME;
  let realNow = START_OF_TIME;
  const app = await openApp(
    {
      ...readConfig({ port: '0', data: ':memory:' }, {}),
      data: database.location,
      secretKeys: [{ id: 'test', bytes: randomBytes(32) }],
      ...config,
    },
    {
      log: openLog(config?.logLevel ?? 'debug', {
        lines: { write: (line) => void logLines.push(line) },
      }),
      now: () => now,
      realNow: () => realNow,
      randomBytes,
      ...(options.resolve && { resolve: options.resolve }),
      ...options.disk,
    },
  );
  const server = buildServer(app, ROUTES);
  const deliveries = new DeliveryWorker(app);
  const carrier = new TaskWorker(app, TASK_HANDLERS);
  const doing = <T>(deed: (doing: Act) => Promise<T>) => asSystem({ app }, deed);

  const request: TestApp['request'] = async (method, path, sent = {}) => {
    const headers: Record<string, string> = { host: 'localhost', ...sent.headers };
    if (sent.login) headers['authorization'] ??= basic(sent.login);
    let payload: string | undefined;
    if (sent.form !== undefined) {
      payload = typeof sent.form === 'string' ? sent.form : formOf(sent.form);
      headers['content-type'] ??= 'application/x-www-form-urlencoded';
    } else if (sent.body !== undefined) {
      payload = JSON.stringify(sent.body);
      headers['content-type'] ??= 'application/json';
    }
    const reply = await server.inject({
      method: method as 'GET',
      url: path,
      headers,
      ...(payload !== undefined && { payload }),
    });
    return {
      status: reply.statusCode,
      headers: reply.headers as Record<string, string | undefined>,
      text: reply.body,
      get json() {
        return reply.json();
      },
    };
  };

  return {
    app,
    server,
    logLines,
    advance: (ms) => {
      now += ms;
    },
    advanceReal: (ms) => {
      realNow += ms;
    },
    request,
    get: (path, login) => request('GET', path, { login }),
    post: (path, login, form = {}) => request('POST', path, { login, form }),
    control: (method, path, body) =>
      request(method, `/_tieline${path}`, body === undefined ? {} : { body }),
    async deliver() {
      await carrier.workOff();
      return deliveries.deliverDue();
    },
    async listen() {
      await server.listen({ host: '127.0.0.1', port: 0 });
      const address = server.server.address() as { port: number };
      return `http://localhost:${address.port}`;
    },
    async anAccount(options = {}) {
      const auth_token = newAuthToken(randomBytes);
      const wanted = { friendly_name: 'A main account', type: 'Full' as const, ...options };
      const account = await doing((a) => createAccount(a, { ...wanted, auth_token, owner: null }));
      return { ...account, auth_token };
    },
    async aSubaccount(of, friendly_name = 'A subaccount') {
      const auth_token = newAuthToken(randomBytes);
      const wanted = { friendly_name, type: of.type, auth_token, owner: of };
      return { ...(await doing((a) => createAccount(a, wanted))), auth_token };
    },
    async aKey(of, kind) {
      const of_account = { account_sid: of.sid, root_sid: of.owner_account_sid };
      const wanted = { ...of_account, friendly_name: null, kind };
      const { key, secret } = await doing((a) => createApiKey(a, wanted));
      return { username: key.sid, password: secret };
    },
    aConnectApp: (of, options = {}) =>
      doing((a) =>
        createConnectApp(a, of, {
          friendly_name: 'An app',
          company_name: 'A company',
          authorize_redirect_url: 'https://app.example.com/authorized',
          permissions: ['get-all', 'post-all'],
          ...options,
        }),
      ),
    aGrant: (connectApp, customer) => doing((a) => authorizeApp(a, connectApp, customer)),
    async [Symbol.asyncDispose]() {
      await server.close();
      await carrier.stop();
      await deliveries.stop();
      await app.close();
      await database.drop();
    },
  };
}

/** Runs a deed without a caller, such as the setup of a story. */
export function asSystem<T>(
  { app }: Pick<TestApp, 'app'>,
  deed: (doing: Act) => Promise<T>,
): Promise<T> {
  return act(app, SYSTEM, deed);
}

/** An account's own credentials. */
export function loginOf(account: TestAccount): Login {
  return { username: account.sid, password: account.auth_token };
}

/** The login of a Connect app: the grant's subaccount, with the app owner's token. */
export function connectLogin(grant: Grant, appOwner: TestAccount): Login {
  return { username: grant.subaccount_sid, password: appOwner.auth_token };
}

export function basic({ username, password }: Login): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

function formOf(form: Record<string, string | readonly string[]>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(form)) {
    for (const one of [value].flat()) parameters.append(name, one);
  }
  return parameters.toString();
}
