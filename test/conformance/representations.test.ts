import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ROUTES } from '../../src/routes.ts';
import { aFreeNumber, aTenant, pathOf } from '../support/tenant.ts';
import { loginOf, onEveryEngine, type TestApp, testApp } from '../support/test-app.ts';
import { ELEMENTS } from './elements.ts';
import { child, type ParsedElement, parseCsv, parseXml } from './sdk-world.ts';

const XML = 'application/xml; charset=utf-8';

const namesOf = (element: ParsedElement) => element.children.map(({ name }) => name);

const withoutJson = (path: string) => path.replace(/\.json$/, '');

/** Every text and attribute of a document. */
function textsOf({ attributes, text, children }: ParsedElement): string[] {
  return [text, ...Object.values(attributes), ...children.flatMap(textsOf)];
}

/** An account with a Connect app, and the path of the app without a suffix. */
async function aDeveloper(app: TestApp) {
  const account = await app.anAccount();
  const connectApp = await app.aConnectApp(account, { friendly_name: 'Meter & "Co" <1>' });
  const list = `/2010-04-01/Accounts/${account.sid}/ConnectApps`;
  return { account, login: loginOf(account), connectApp, list, path: `${list}/${connectApp.sid}` };
}

onEveryEngine('representations', (engine) => {
  test('as XML, every list and instance has the documented elements', async () => {
    await using app = await testApp({ engine });
    const tenant = await aTenant(app);
    const login = loginOf(tenant.account);
    // The list of each type of numbers needs a number.
    const numbers = `/2010-04-01/Accounts/${tenant.account.sid}/IncomingPhoneNumbers`;
    const free = { Mobile: aFreeNumber('mobile'), TollFree: aFreeNumber('toll-free') };
    for (const [list, PhoneNumber] of Object.entries(free)) {
      await app.post(`${numbers}/${list}.json`, login, { PhoneNumber });
    }
    const reads = ROUTES.endpoints.filter(
      ({ method, path, absent }) =>
        method === 'GET' && !absent && /^\/2010-04-01\/(?!.*Balance)/.test(path),
    );
    for (const endpoint of reads) {
      const path = withoutJson(pathOf(endpoint, tenant));
      const reply = await app.get(`${path}.xml`, login);
      assert.equal(reply.status, 200, reply.text);
      assert.equal(reply.headers['content-type'], XML);
      assert.ok(reply.text.startsWith("<?xml version='1.0' encoding='UTF-8'?>"));
      const root = parseXml(reply.text);
      assert.equal(root.name, 'TwilioResponse');
      const [last = ''] = /(?:\w+s|Media)(?=\/\w{34}$|(?<=Records)\/\w+$|$)/.exec(path) ?? [];
      // A list of numbers has lists of the same numbers below it, by country and by type.
      const isNumbers = path.includes('PhoneNumbers');
      const below = /\/Calls\/\w+\/Recordings/.test(path) ? 'CallRecordings' : last;
      const segment = isNumbers ? endpoint.resource.list_element : below;
      const [listName, name, fields] = ELEMENTS[segment] ?? ['', '', ''];
      const parent = endpoint.kind === 'list' ? child(root, listName) : root;
      const { children } = parent;
      assert.ok(children.length > 0, `${path} is empty`);
      for (const instance of children) {
        assert.equal(instance.name, name);
        assert.deepEqual(namesOf(instance).toSorted(), fields.split(' '));
      }
      assert.deepEqual(
        textsOf(root).filter((text) => /\.(json|xml)(\?|$)/.test(text)),
        [],
        `addresses in ${path} carry no suffix`,
      );
    }
  });

  test('as XML, an instance has the values of its JSON', async () => {
    await using app = await testApp({ engine });
    const { login, path } = await aDeveloper(app);
    const fields = (await app.get(`${path}.json`, login)).json as Record<string, unknown>;
    const xml = parseXml((await app.get(`${path}.xml`, login)).text);
    const instance = child(xml, 'ConnectApp');
    for (const [field, value] of Object.entries(fields)) {
      const name = field.replaceAll(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase());
      const element = child(instance, name);
      if (field === 'permissions') {
        assert.deepEqual(namesOf(element), ['Permission', 'Permission']);
        assert.deepEqual(
          element.children.map(({ text }) => text),
          value,
        );
      } else {
        assert.deepEqual(namesOf(element), []);
        assert.equal(element.text, value === null ? '' : withoutJson(value as string));
      }
    }
  });

  test('as XML, null and the empty set are empty elements', async () => {
    await using app = await testApp({ engine });
    const { login, path } = await aDeveloper(app);
    const { text } = await app.post(`${path}.xml`, login, { Permissions: '' });
    assert.match(text, /<Description\/>/);
    assert.match(text, /<Permissions\/>/);
  });

  test('as XML, an account names its subresources', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const path = `/2010-04-01/Accounts/${account.sid}`;
    const { text } = await app.get(path, loginOf(account));
    const uris = child(child(parseXml(text), 'Account'), 'SubresourceUris');
    assert.equal(child(uris, 'AuthorizedConnectApps').text, `${path}/AuthorizedConnectApps`);
    assert.equal(child(uris, 'ShortCodes').text, `${path}/SMS/ShortCodes`);
    const balance = await app.get(`${path}/Balance.xml`, loginOf(account));
    const shown = child(parseXml(balance.text), 'Balance');
    assert.deepEqual(namesOf(shown), ['AccountSid', 'Balance', 'Currency']);
    assert.equal(child(shown, 'Balance').text, '1000.00');
  });

  test('as XML, a list is read page by page', async () => {
    await using app = await testApp({ engine });
    const { account, login, connectApp, list } = await aDeveloper(app);
    const second = await app.aConnectApp(account);
    const pageAt = async (path: string) => {
      const { status, text } = await app.get(path, login);
      assert.equal(status, 200, text);
      return child(parseXml(text), 'ConnectApps');
    };
    const first = await pageAt(`${list}.xml?PageSize=1`);
    const { nextpageuri, ...attributes } = first.attributes;
    assert.deepEqual(attributes, {
      page: '0',
      pagesize: '1',
      uri: `${list}?Page=0&PageSize=1`,
      firstpageuri: `${list}?Page=0&PageSize=1`,
      previouspageuri: '',
    });
    assert.equal(child(child(first, 'ConnectApp'), 'Sid').text, second.sid);
    const next = await pageAt(nextpageuri as string);
    assert.equal(child(child(next, 'ConnectApp'), 'Sid').text, connectApp.sid);
    assert.equal(next.attributes['nextpageuri'], '');
    assert.equal(next.attributes['previouspageuri'], `${list}?Page=0&PageSize=1`);
  });

  test('the suffix decides, none means XML, and a closing slash changes nothing', async () => {
    await using app = await testApp({ engine });
    const { login, list, path } = await aDeveloper(app);
    const headers = { accept: 'application/json' };
    for (const address of [list, path]) {
      const xml = await app.get(`${address}.xml`, login);
      const bare = await app.request('GET', address, { login, headers });
      assert.equal(bare.headers['content-type'], XML);
      assert.equal(bare.text, xml.text);
      for (const suffix of ['', '.xml', '.json', '.csv']) {
        const plain = await app.get(`${address}${suffix}`, login);
        const slashed = await app.get(`${address}${suffix}/`, login);
        assert.equal(slashed.status, 200);
        assert.equal(slashed.headers['content-type'], plain.headers['content-type']);
        assert.equal(slashed.text, plain.text);
      }
    }
    assert.equal((await app.get(`${path}.html`, login)).status, 404);
    assert.equal(
      (await app.post(path, login, { Description: 'By XML' })).headers['content-type'],
      XML,
    );
  });

  test('errors are XML without .json, and JSON on v1', async () => {
    await using app = await testApp({ engine });
    const { login, list } = await aDeveloper(app);
    const absent = `${list}/CN${'f'.repeat(32)}`;
    for (const suffix of ['', '.xml', '.csv']) {
      const reply = await app.get(`${absent}${suffix}`, login);
      assert.equal(reply.status, 404);
      assert.equal(reply.headers['content-type'], XML);
      const exception = child(parseXml(reply.text), 'RestException');
      assert.deepEqual(
        exception.children.map(({ name, text }) => [name, text]),
        [
          ['Code', '20404'],
          ['Message', `The requested resource ${absent}${suffix} was not found`],
          ['MoreInfo', 'https://www.twilio.com/docs/errors/20404'],
          ['Status', '404'],
        ],
      );
    }
    const asJson = await app.get(`${absent}.json`, login);
    assert.equal(asJson.headers['content-type'], 'application/json; charset=utf-8');
    assert.deepEqual(asJson.json, {
      code: 20404,
      message: `The requested resource ${absent}.json was not found`,
      more_info: 'https://www.twilio.com/docs/errors/20404',
      status: 404,
    });
    const refused = await app.request('DELETE', list, { login });
    assert.equal(child(child(parseXml(refused.text), 'RestException'), 'Code').text, '20004');
    assert.equal((await app.get(`/v1/ByocTrunks/BY${'f'.repeat(32)}`, login)).json.code, 20404);
  });

  test('v1 is always JSON, and has no suffixes', async () => {
    await using app = await testApp({ engine });
    const login = loginOf(await app.anAccount());
    const headers = { accept: 'application/xml' };
    const reply = await app.request('GET', '/v1/ConnectionPolicies/', { login, headers });
    assert.equal(reply.status, 200);
    assert.equal(reply.headers['content-type'], 'application/json; charset=utf-8');
    assert.deepEqual(reply.json.connection_policies, []);
    const suffixed = await app.get('/v1/ConnectionPolicies.xml', login);
    assert.equal(suffixed.status, 404);
    assert.equal(suffixed.json.code, 20404);
  });

  test('as CSV, a list is a table and an instance a table of one row', async () => {
    await using app = await testApp({ engine });
    const { login, list, path, connectApp } = await aDeveloper(app);
    const reply = await app.get(`${list}.csv`, login);
    assert.equal(reply.headers['content-type'], 'text/csv; charset=utf-8');
    assert.equal((await app.get(`${path}.csv`, login)).text, reply.text);
    const [header = [], row = [], ...more] = parseCsv(reply.text);
    assert.deepEqual(more, []);
    assert.deepEqual(header.toSorted(), ELEMENTS['ConnectApps']?.[2].split(' '));
    const cells = Object.fromEntries(header.map((name, index) => [name, row[index]]));
    assert.equal(cells['FriendlyName'], connectApp.friendly_name);
    assert.equal(cells['Permissions'], 'get-all,post-all');
    assert.equal(cells['Description'], '');
  });

  test('as CSV, nested values are left out and dates are quoted, also without rows', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const accounts = await app.get('/2010-04-01/Accounts.csv', loginOf(account));
    const [header = []] = parseCsv(accounts.text);
    assert.ok(!header.includes('SubresourceUris'));
    assert.match(accounts.text, /"Wed, 18 Mar 2026 23:31:36 \+0000"/);
    const path = '/2010-04-01/Accounts.csv?FriendlyName=Nobody';
    const none = await app.get(path, loginOf(account));
    assert.deepEqual(parseCsv(none.text), [header]);
  });
});
