import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Endpoint } from '../../src/http/endpoint.ts';
import { openApiOf } from '../../src/http/parameters/fields.ts';
import { ROUTES } from '../../src/routes.ts';
import { aMarkedTenant, pathAmong, subaccountOf, type Tenant } from '../isolation/tenants.ts';
import { aPerson, type Browser, signedIn } from '../support/browser.ts';
import { aConsoleWorld, addressOf, type ConsoleWorld, PAGES } from '../support/console-world.ts';
import { validForm } from '../support/tenant.ts';
import {
  connectLogin,
  ENGINES,
  type Login,
  loginOf,
  type TestApp,
  testApp,
} from '../support/test-app.ts';

/**
 * Only an account that set a URL can read the password in it, on any surface. Every parameter of
 * the route table that is a URL gets a canary.
 */

const CANARY = /CANARYPW-(\w+)-(\w+)-(\w+)/g;

/** The parameters of an endpoint that are URLs. */
function urlsOf({ input }: Endpoint): string[] {
  return Object.entries(input.shape).flatMap(([name, field]) => {
    const described = openApiOf(field) as { format?: string; items?: { format?: string } };
    const format = described.items?.format ?? described.format;
    return format === 'uri' && name !== 'Target' ? [name] : [];
  });
}

/** An address without a server, with a password that names its setter and its place. */
const urlBy = (setter: string, { id }: Endpoint, name: string) =>
  `http://user:CANARYPW-${setter}-${id}-${name}@localhost:1/${name}`;

interface Story {
  readonly app: TestApp;
  readonly world: ConsoleWorld;
  readonly main: Tenant;
  readonly sub: Tenant;
  readonly logins: Readonly<
    Record<'main' | 'mainKey' | 'sub' | 'subKey' | 'app' | 'reader', Login>
  >;
}

async function aStory(app: TestApp): Promise<Story> {
  const world = await aConsoleWorld(app);
  const { account, grant, connect_app } = world;
  const subaccount = await subaccountOf(app, grant);
  const other = await app.anAccount();
  const readerApp = await app.aConnectApp(other, { permissions: ['get-all'] });
  const readers = await app.aGrant(readerApp, account);
  return {
    app,
    world,
    main: await aMarkedTenant(app, 'main', account, {
      apps: { connectApp: connect_app },
      authorised: { connectApp: connect_app },
    }),
    sub: await aMarkedTenant(app, 'sub', subaccount),
    logins: {
      main: loginOf(account),
      mainKey: await app.aKey(account, 'main'),
      sub: loginOf(subaccount),
      subKey: await app.aKey(subaccount, 'main'),
      app: connectLogin(grant, account),
      reader: connectLogin(readers, other),
    },
  };
}

/** The callers that set URLs, and the accounts in which they do. */
const SETTERS = [
  ['main', 'main'],
  ['main', 'sub'],
  ['sub', 'sub'],
  ['app', 'sub'],
] as const;

/** Sets every URL of every account's things. @returns the URLs that were set */
async function setUrls({ app, logins, ...story }: Story): Promise<Set<string>> {
  const given = new Set<string>();
  for (const endpoint of ROUTES.endpoints.filter(({ method }) => method === 'POST')) {
    for (const name of urlsOf(endpoint)) {
      for (const [setter, where] of SETTERS) {
        const isOfMain = /\/(ConnectApps|Accounts)(\/:Sid)?$/.test(endpoint.path);
        if (isOfMain && where !== 'main') continue;
        if (endpoint.path.startsWith('/v1/') && setter === 'main' && where === 'sub') continue;
        const form = await formWith(app, endpoint, story[where], name);
        form[name] = urlBy(setter, endpoint, name);
        const path = pathAmong(endpoint.path, story[where]);
        const { status, text } = await app.post(path, logins[setter], form);
        const isOfPage = /must not hold a user name/.test(text);
        if (isOfPage) continue;
        assert.ok(status < 300, `${endpoint.id} with ${name} by ${setter}: ${status} ${text}`);
        given.add(`${setter}-${endpoint.id}-${name}`);
      }
    }
  }
  return given;
}

/** A form that is valid with the URL in it. */
async function formWith(
  { app }: TestApp,
  endpoint: Endpoint,
  { things }: Tenant,
  name: string,
): Promise<Record<string, string>> {
  const form = validForm(endpoint);
  if (endpoint.id === 'CreateCall' && name === 'Url') delete form['Twiml'];
  if (name === 'MediaUrl') {
    const { phone_number } = await app.database.db
      .selectFrom('incoming_phone_numbers')
      .select('phone_number')
      .where('sid', '=', things.IncomingPhoneNumbers)
      .executeTakeFirstOrThrow();
    form['From'] = phone_number;
  }
  return form;
}

/** JSON, CSV and XML. */
const SUFFIXES = ['.json', '.csv', ''];

/** Everything that one login can read over the API, by its address. */
async function* readApi({ app, main, sub }: Story, login: Login) {
  for (const endpoint of ROUTES.endpoints.filter(({ method }) => method === 'GET')) {
    if (/Usage\/Records|AvailablePhoneNumbers/.test(endpoint.path)) continue;
    for (const tenant of [main, sub]) {
      for (const suffix of endpoint.path.startsWith('/2010') ? SUFFIXES : ['']) {
        const path = `${pathAmong(endpoint.path, tenant)}${suffix}`;
        yield { path, text: (await app.get(path, login)).text };
      }
    }
  }
}

async function* readConsole({ world }: Story, browser: Browser) {
  for (const page of PAGES.filter(({ show }) => show)) {
    const address = addressOf(page, world);
    yield { path: address, text: (await browser.open(address)).text };
  }
}

function canariesIn(text: string): string[] {
  return [...text.matchAll(CANARY)].map(([, ...parts]) => parts.join('-'));
}

/** Lets a call and a message arrive at every number, and runs all that follows. */
async function beCalled({ app, main, sub }: Story): Promise<void> {
  const numbers = await app.app.database.db
    .selectFrom('incoming_phone_numbers')
    .select('phone_number')
    .where('account_sid', 'in', [main.things.Accounts, sub.things.Accounts] as string[])
    .limit(8)
    .orderBy('sid')
    .execute();
  for (const { phone_number: to } of numbers) {
    for (const [path, more] of [
      ['/calls', {}],
      ['/messages', { body: 'Hello' }],
    ] as const) {
      const { status, text } = await app.control('POST', path, {
        to,
        from: '+14155550188',
        ...more,
      });
      assert.equal(status, 201, text);
    }
  }
  for (let round = 0; round < 4; round += 1) {
    app.advance(60_000);
    await app.deliver();
  }
}

async function passwordsOfControl({ app, world }: Story): Promise<string[]> {
  const made = await app.control('POST', '/connect_apps', {
    account_sid: world.account.sid,
    friendly_name: 'Another',
    company_name: 'A company',
    deauthorize_callback_url: 'http://user:CANARYPW-operator-control-url@localhost:1/',
  });
  assert.equal(made.status, 201, made.text);
  assert.match(made.json.deauthorize_callback_url, /^http:\/\/user@localhost:1\/$/);
  const texts = [made.text];
  for (const path of ['/deliveries', '/audit', '/accounts', '/faults', '/snapshots']) {
    texts.push((await app.control('GET', path)).text);
  }
  return texts.flatMap(canariesIn);
}

for (const engine of ENGINES) {
  void suite(`the password in a URL (${engine})`, () => {
    test('can be read by the account that set it, and by nobody else on any surface', async () => {
      await using app = await testApp({ engine });
      const story = await aStory(app);
      const given = await setUrls(story);
      assert.ok(given.size > 60, String(given.size));
      await beCalled(story);

      const readBy = new Map<string, Set<string>>();
      for (const [reader, login] of Object.entries(story.logins)) {
        const seen = new Set<string>();
        readBy.set(reader, seen);
        for await (const { path, text } of readApi(story, login)) {
          for (const canary of canariesIn(text)) {
            seen.add(canary);
            assert.ok(mayRead(reader, canary), `${reader} reads ${canary} at ${path}`);
          }
        }
      }
      // An account can read its own URLs, with its token and with its keys.
      for (const [reader, set] of [
        ['sub', 'sub-CreateByocTrunk-VoiceUrl'],
        ['subKey', 'sub-CreateIncomingPhoneNumber-SmsFallbackUrl'],
        ['main', 'main-UpdateConnectApp-DeauthorizeCallbackUrl'],
        ['mainKey', 'main-CreateUsageTrigger-CallbackUrl'],
      ] as const) {
        assert.ok(readBy.get(reader)?.has(set), `${reader} does not read ${set}`);
      }

      assert.deepEqual(await passwordsOfControl(story), []);
      await assertConsoleHides(story);
      const { connect_app, account } = story.world;
      const ends = { connect_app_sid: connect_app.sid, account_sid: account.sid };
      assert.equal((await app.control('POST', '/deauthorize', ends)).status, 200);
      app.advance(60_000);
      await app.deliver();
      assert.deepEqual(canariesIn((await app.control('GET', '/deliveries')).text), []);
      assert.deepEqual(canariesIn(app.logLines.join('')), [], 'in the log');
      const { db } = app.app.database;
      for (const table of ['audit_events', 'timeline', 'delivery_attempts'] as const) {
        const rows = await db.selectFrom(table).selectAll().execute();
        assert.deepEqual(canariesIn(JSON.stringify(rows)), [], table);
      }
    });
  });
}

/** Whether a reader is the account itself, and the URL was not set by an app. */
function mayRead(reader: string, canary: string): boolean {
  const [setter, endpoint = ''] = canary.split('-');
  if (setter === 'app') return false;
  const isOfMain = /ConnectApp/.test(endpoint);
  if (reader.startsWith('main')) return setter === 'main';
  return reader.startsWith('sub') && !isOfMain;
}

async function assertConsoleHides(story: Story): Promise<void> {
  const { app, world } = story;
  const stranger = await app.anAccount();
  const people = {
    member: await signedIn(app, world.other),
    operator: await signedIn(app, await aPerson(app, stranger, { is_operator: true })),
  };
  for (const [name, browser] of Object.entries(people)) {
    for await (const { path, text } of readConsole(story, browser)) {
      // The form that changes a Connect app holds the values that its owner's people set.
      const isOwn = name === 'member' && /\/connect-apps\/CN\w+\/edit$/.test(path);
      const seen = canariesIn(text).filter((canary) => !(isOwn && canary.startsWith('main-')));
      assert.deepEqual(seen, [], `${name} at ${path}`);
    }
  }
}
