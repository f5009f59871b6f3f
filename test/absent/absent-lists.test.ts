import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ABSENCES, ABSENT_LISTS, type AbsentList } from '../../src/absent/absent-lists.ts';
import { ROUTES } from '../../src/routes.ts';
import { child, parseCsv, parseXml } from '../conformance/sdk-world.ts';
import { aTenant, type Tenant } from '../support/tenant.ts';
import { connectLogin, loginOf, onEveryEngine, testApp } from '../support/test-app.ts';

const nowhere = (prefix: string) => prefix + 'f'.repeat(32);

/** The path of a list among a tenant's things, without a suffix. */
function pathAmong({ account, ...tenant }: Tenant, below: string): string {
  const path = below
    .replace(':CallSid', tenant.live_call_sid)
    .replace(':IncomingPhoneNumberSid', tenant.number_sid)
    .replace(':RecordingSid', tenant.recording_sid);
  return `/2010-04-01/Accounts/${account.sid}/${path}`;
}

const pascalCase = (name: string) =>
  name.replaceAll(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());

const isNested = (name: string) => name === 'subresource_uris';

const columnsOf = ({ fields }: AbsentList) =>
  fields
    .split(' ')
    .filter((name) => !isNested(name))
    .map(pascalCase);

onEveryEngine('lists of resources that Tieline does not have', (engine) => {
  test('answer with an empty page in every representation', async () => {
    await using app = await testApp({ engine });
    const tenant = await aTenant(app);
    const login = loginOf(tenant.account);
    for (const list of ABSENT_LISTS) {
      const path = pathAmong(tenant, list.below);
      const { status, json } = await app.get(`${path}.json`, login);
      assert.equal(status, 200, list.below);
      assert.deepEqual(json, {
        end: 0,
        first_page_uri: `${path}.json?Page=0&PageSize=50`,
        next_page_uri: null,
        page: 0,
        page_size: 50,
        previous_page_uri: null,
        start: 0,
        uri: `${path}.json?Page=0&PageSize=50`,
        [list.key]: [],
      });
      const xml = await app.get(`${path}.xml?PageSize=7`, login);
      assert.equal(xml.headers['content-type'], 'application/xml; charset=utf-8');
      const element = child(parseXml(xml.text), pascalCase(list.key));
      assert.deepEqual(element.children, []);
      assert.equal(element.attributes['pagesize'], '7');
      assert.equal((await app.get(`${path}?PageSize=7`, login)).text, xml.text);
      const csv = await app.get(`${path}.csv`, login);
      assert.equal(csv.headers['content-type'], 'text/csv; charset=utf-8');
      assert.deepEqual(parseCsv(csv.text), [columnsOf(list)]);
      for (const query of ['Page=2', `PageToken=PAabc-${nowhere('AC')}`]) {
        assert.equal((await app.get(`${path}.json?${query}`, login)).json.next_page_uri, null);
      }
      const bad = await app.get(`${path}.json?PageSize=0`, login);
      assert.deepEqual([bad.status, bad.json.code], [400, 20001], 'by the rules of every list');
    }
  });

  test('exist below the caller’s own resources only', async () => {
    await using app = await testApp({ engine });
    const [tenant, stranger] = [await aTenant(app), await aTenant(app)];
    const of = `/2010-04-01/Accounts/${tenant.account.sid}`;
    const absent = [
      `Calls/${stranger.live_call_sid}/Events`,
      `Calls/${nowhere('CA')}/Notifications`,
      `IncomingPhoneNumbers/${stranger.number_sid}/AssignedAddOns`,
      'IncomingPhoneNumbers/Local/AssignedAddOns',
      `Recordings/${stranger.recording_sid}/AddOnResults`,
    ];
    for (const below of absent) {
      const reply = await app.get(`${of}/${below}.json`, loginOf(tenant.account));
      assert.deepEqual([reply.status, reply.json.code], [404, 20404], below);
    }
  });

  test('are readable by an app of the account, and by no other app', async () => {
    await using app = await testApp({ engine });
    const [developer, customer] = [await app.anAccount(), await app.anAccount()];
    const reading = await app.aConnectApp(developer, { permissions: ['get-all'] });
    const grant = await app.aGrant(reading, customer);
    const login = connectLogin(grant, developer);
    for (const account_sid of [grant.subaccount_sid, customer.sid]) {
      const { json } = await app.get(`/2010-04-01/Accounts/${account_sid}/Queues.json`, login);
      assert.deepEqual(json.queues, []);
    }
    const others = await app.get(`/2010-04-01/Accounts/${developer.sid}/Queues.json`, login);
    assert.equal(others.status, 401);
  });

  test('refuse other methods and paths below them by the name of the absent resource', async () => {
    await using app = await testApp({ engine });
    const tenant = await aTenant(app);
    const login = loginOf(tenant.account);
    for (const { what, path, folder } of ABSENCES) {
      const at = pathAmong(tenant, path.replace('/2010-04-01/Accounts/:AccountSid/', ''));
      const asked: [method: string, path: string][] = [
        ['POST', at],
        ['DELETE', at],
        ...(folder ? [] : [['GET', `${at}/${nowhere('XX')}`] as [string, string]]),
        ...(folder ? [] : [['POST', `${at}/${nowhere('XX')}/Participants`] as [string, string]]),
      ];
      if (!ABSENT_LISTS.some(({ below }) => path.endsWith(`/${below}`))) asked.push(['GET', at]);
      for (const [method, address] of asked) {
        const reply = await app.request(method, `${address}.json`, { login });
        assert.deepEqual([reply.status, reply.json.code], [404, 20404], `${method} ${address}`);
        assert.equal(reply.json.message, `The requested resource ${address}.json was not found`);
        const reason = reply.headers['tieline-reason'] ?? '';
        assert.match(reason, /^absent="[A-Za-z/]+", says="[ -~]+"$/);
        assert.ok(reason.startsWith(`absent="${what}"`), reason);
        const xml = await app.request(method, address, { login });
        assert.equal(xml.status, 404);
        assert.equal(child(child(parseXml(xml.text), 'RestException'), 'Code').text, '20404');
      }
    }
    const unknown = await app.get(`/2010-04-01/Accounts/${tenant.account.sid}/Zebras.json`, login);
    assert.equal(unknown.status, 404);
    assert.equal(unknown.headers['tieline-reason'], undefined);
  });

  test('and all other URIs that an account names can be read', async () => {
    await using app = await testApp({ engine });
    const { account } = await aTenant(app);
    const login = loginOf(account);
    const { json } = await app.get(`/2010-04-01/Accounts/${account.sid}.json`, login);
    const named = Object.entries(json.subresource_uris as Record<string, string>);
    for (const [name, uri] of named) {
      const { status, headers } = await app.get(uri, login);
      if (name === 'sip' || name === 'usage') {
        assert.match(headers['tieline-reason'] ?? '', /this is not a list: read/);
      } else {
        assert.equal(status, 200, uri);
      }
    }
  });
});

test('each absent list is an endpoint and marked as absent', () => {
  const absent = ROUTES.endpoints.filter((endpoint) => endpoint.absent);
  assert.equal(absent.length, ABSENT_LISTS.length);
  for (const { path, kind, operation } of absent) {
    assert.deepEqual([kind, operation], ['list', 'resource.read']);
    assert.ok(
      ROUTES.absences.some((absence) => absence.path === path),
      path,
    );
  }
});
