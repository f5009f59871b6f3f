import assert from 'node:assert/strict';
import { test } from 'node:test';
import { insertSecurityEvent } from '../../src/audit/security-event-store.ts';
import type { Endpoint } from '../../src/http/endpoint.ts';
import { ROUTES } from '../../src/routes.ts';
import { signedIn } from '../support/browser.ts';
import { aConsoleWorld, addressOf, PAGES } from '../support/console-world.ts';
import { aTenant, pathOf, type Tenant, validForm } from '../support/tenant.ts';
import {
  loginOf,
  onEveryEngine,
  START_OF_TIME,
  type TestApp,
  testApp,
} from '../support/test-app.ts';
import { fillTables } from './fill-tables.ts';
import { faultsOnPostgres, faultsOnSqlite } from './plans.ts';
import { StatementLog } from './statements.ts';

const A_NUMBER = '+14155550100';
/** The place of a row from which a further page goes on. */
const A_PLACE = `PA${(START_OF_TIME + 1e10).toString(36)}-SM${'0'.repeat(32)}`;

/** A value that the filter of a list accepts. */
function valueOf(name: string, tenant: Tenant): string {
  if (/Time|Date/.test(name)) return '2026-03-18';
  if (/^(?:To|From|PhoneNumber)$/.test(name)) return A_NUMBER;
  if (name === 'ParentCallSid') return tenant.live_call_sid;
  return { Status: 'completed', IncludeSoftDeleted: 'true', FriendlyName: 'A name' }[name] ?? '';
}

/** Each filter alone, and each two of them. */
function queriesOf(endpoint: Endpoint, tenant: Tenant): string[] {
  const filters = Object.keys(endpoint.input.shape)
    .map((name) => [name, valueOf(name, tenant)] as const)
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
  const pairs = filters.flatMap((one, at) => filters.slice(at + 1).map((two) => `${one}&${two}`));
  const first = ['', ...filters, ...pairs];
  return [...first, ...first.map((query) => `${query}&PageToken=${A_PLACE}`)];
}

/** The searches of pages, by the last word of their path. */
const SEARCHES: Readonly<Record<string, readonly string[]>> = {
  messages: ['to', 'from', 'direction=inbound', 'status=failed'].map(withNumber),
  calls: ['to', 'from', 'direction=inbound', 'status=failed'].map(withNumber),
  'audit-log': ['action=account.created', 'actor_kind=person', 'from=2026-01-01', 'sid=AC'],
  customers: ['show=revoked', 'show=fewer'],
  platform: ['q=name', `q=AC${'a'.repeat(32)}`],
  numbers: [
    'number=415',
    'country=DE',
    'carrier=simulated',
    'after=%2B14155550100',
    'state=held',
    'state=free',
    'kind=local',
    'state=quarantine',
  ],
  people: ['q=name', `q=PE${'a'.repeat(32)}`],
  security: [
    'kind=sign_in',
    'about=192.0.2.1',
    `about=PE${'a'.repeat(32)}`,
    `about=AC${'a'.repeat(32)}`,
  ],
};

function withNumber(search: string): string {
  return search.includes('=') ? search : `${search}=${encodeURIComponent(A_NUMBER)}`;
}

/** Does everything that the route table offers once. */
async function doEverything(app: TestApp, log: StatementLog): Promise<void> {
  const tenant = await aTenant(app);
  const login = loginOf(tenant.account);
  for (const endpoint of ROUTES.endpoints.filter(({ method }) => method === 'GET')) {
    for (const query of endpoint.absent ? [] : queriesOf(endpoint, tenant)) {
      log.cause = `${endpoint.id}?${query}`;
      await app.get(`${pathOf(endpoint, tenant)}?${query}`, login);
    }
  }
  for (const method of ['POST', 'DELETE'] as const) {
    for (const endpoint of ROUTES.endpoints.filter((one) => one.method === method)) {
      log.cause = endpoint.id;
      const form = method === 'POST' ? { form: validForm(endpoint) } : {};
      await app.request(method, pathOf(endpoint, tenant), { login, ...form });
      await app.deliver();
    }
  }
  await openPages(app, log);
}

async function openPages(app: TestApp, log: StatementLog): Promise<void> {
  const world = await aConsoleWorld(app);
  const browser = await signedIn(app, world.operator);
  const { account, connect_app } = world;
  const event = { date_created: START_OF_TIME, kind: 'sign_in', detail: '{}' };
  await app.app.database.write((tx) =>
    insertSecurityEvent(tx, {
      ...event,
      sid: app.app.newSid('SE'),
      person_sid: world.operator.sid,
      account_sid: account.sid,
      address: '192.0.2.1',
    }),
  );
  for (const page of PAGES.filter(({ show }) => show)) {
    const address = addressOf(page, world);
    const searches = SEARCHES[address.split('/').at(-1) ?? ''] ?? [];
    for (const search of [
      '',
      ...searches,
      searches.slice(0, 3).join('&'),
      searches.slice(-2).join('&'),
    ]) {
      log.cause = `${page.path}?${search}`;
      await browser.get(`${address}?${search}`);
      await browser.get(`${address}?${search}&PageToken=${A_PLACE}`);
    }
  }
  const calls: [string, string, object?][] = [
    ['GET', `/accounts?owner_account_sid=${account.sid}`],
    ...['', 'state=dead', 'state=pending', 'url=https://app.example.com'].map(
      (query): [string, string] => ['GET', `/deliveries?${query}`],
    ),
    ['GET', `/deliveries?account_sid=${account.sid}&state=dead`],
    ['GET', `/deliveries?account_sid=${account.sid}&state=pending&url=https`],
    ['GET', `/accounts/${account.sid}/balance`],
    ['GET', '/audit'],
    ['GET', '/clock'],
    ['POST', '/clock', { advance: 'PT1H' }],
    ['POST', `/deliveries/${world.delivery_sid}/replay`],
    ['POST', '/deauthorize', { connect_app_sid: connect_app.sid, account_sid: account.sid }],
    ['DELETE', `/connect_apps/${connect_app.sid}`],
  ];
  for (const [method, path, body] of calls) {
    log.cause = `${method} ${path}`;
    await app.control(method, path, body);
    await app.deliver();
  }
}

onEveryEngine('a filter', (engine) => {
  test('finds its rows by an index', { timeout: 120_000 }, async () => {
    using log = new StatementLog();
    await using app = await testApp({ engine });
    log.seen.clear();
    await doEverything(app, log);
    if (engine === 'postgres') await fillTables(app);
    const { db } = app.app.database;
    const faults: string[] = [];
    for (const statement of log.seen.values()) {
      const found = await (engine === 'sqlite' ? faultsOnSqlite : faultsOnPostgres)(db, statement);
      for (const fault of found)
        faults.push(`${fault}\n  ${statement.text}\n  (${statement.cause})`);
    }
    assert.deepEqual(faults, []);
  });
});
