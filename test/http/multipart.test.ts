import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { readMultipart } from '../../src/http/parameters/multipart.ts';
import { ApiError } from '../../src/kit/api-error.ts';
import { ROUTES } from '../../src/routes.ts';
import { Browser } from '../support/browser.ts';
import { digestOfData } from '../support/digest.ts';
import { ann, EMAIL, PASSWORD } from '../support/people.ts';
import { aTenant, pathOf, validForm } from '../support/tenant.ts';
import {
  basic,
  type Login,
  loginOf,
  onEveryEngine,
  type TestApp,
  testApp,
} from '../support/test-app.ts';
import { multipartBody, type Part, partsOf } from './multipart-form.ts';

const POSTS = ROUTES.endpoints.filter(({ method }) => method === 'POST');

/** Boundaries in the forms of libraries, in the header and in the body. */
const BOUNDARIES: readonly (readonly [string, string])[] = [
  ['x', 'x'],
  ['----WebKitFormBoundary7MA4YWxkTrZu0gW', '----WebKitFormBoundary7MA4YWxkTrZu0gW'],
  [
    '--------------------------836815137464585438146525',
    '--------------------------836815137464585438146525',
  ],
  ['"=_Part 1(a)+,-./:=?"', '=_Part 1(a)+,-./:=?'],
  ["'()+_", "'()+_"],
  ['z'.repeat(70), 'z'.repeat(70)],
  ['utf; charset=UTF-8', 'utf'],
];

interface Sent {
  readonly path: string;
  readonly login: Login;
  readonly body: Buffer;
  readonly type: string;
  readonly headers?: Record<string, string>;
}

async function send({ server }: TestApp, { path, login, body, type, headers }: Sent) {
  const reply = await server.inject({
    method: 'POST',
    url: path,
    headers: { host: 'localhost', authorization: basic(login), 'content-type': type, ...headers },
    payload: body,
  });
  return { status: reply.statusCode, text: reply.body };
}

const messageOf = (text: string) => (JSON.parse(text) as { message: string }).message;

onEveryEngine('multipart/form-data', (engine) => {
  test('has the same answer as the form, on every endpoint', async () => {
    await using app = await testApp({ engine });
    const tenant = await aTenant(app);
    const login = loginOf(tenant.account);
    for (const [index, endpoint] of POSTS.entries()) {
      const form = validForm(endpoint);
      const path = pathOf(endpoint, tenant);
      const [written, boundary] = BOUNDARIES[index % BOUNDARIES.length] ?? ['', ''];
      const plain = { 'idempotency-key': `plain-${endpoint.id}` };
      const parts = { 'idempotency-key': `parts-${endpoint.id}` };
      const body = multipartBody(partsOf(form), boundary);
      const type = `multipart/form-data; boundary=${written}`;
      const first = await app.request('POST', path, { login, form, headers: plain });
      // A request with the same parameters in another form is a repeat.
      const repeated = await send(app, { path, login, body, type, headers: plain });
      assert.deepEqual([repeated.status, repeated.text], [first.status, first.text], endpoint.id);
      const fresh = { ...form, ...(form['PhoneNumber'] && validForm(endpoint)) };
      const made = await send(app, {
        path,
        login,
        body: multipartBody(partsOf(fresh), boundary),
        type,
        headers: parts,
      });
      assert.ok(made.status === first.status || made.status === 400, `${endpoint.id} ${made.text}`);
      const again = await app.request('POST', path, { login, form: fresh, headers: parts });
      assert.deepEqual([again.status, again.text], [made.status, made.text], endpoint.id);
    }
  });

  test('with a file is refused everywhere by the name of the field, and changes nothing', async () => {
    await using app = await testApp({ engine });
    const tenant = await aTenant(app);
    const login = loginOf(tenant.account);
    const before = await digestOfData(app.app);
    const file: Part = { name: 'Attachment', value: 'bytes', filename: 'a.txt' };
    for (const endpoint of POSTS) {
      const body = multipartBody([...partsOf(validForm(endpoint)), file], 'x');
      const path = pathOf(endpoint, tenant);
      const type = 'multipart/form-data; boundary=x';
      const { status, text } = await send(app, { path, login, body, type });
      assert.deepEqual([status, messageOf(text)], [400, 'Attachment must be text, not a file']);
    }
    assert.equal(await digestOfData(app.app), before);
  });

  test('holds names and texts of any kind, to the byte', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const path = '/v1/ConnectionPolicies';
    const type = 'Multipart/Form-Data; boundary=x';
    const named = async (part: Partial<Part>, more: readonly Part[] = []) => {
      const all = [{ name: 'FriendlyName', value: 'a', ...part }, ...more];
      const body = multipartBody(all, 'x');
      const reply = await send(app, { path, login: loginOf(account), body, type });
      return reply.status === 201
        ? (JSON.parse(reply.text) as { friendly_name: string }).friendly_name
        : `${reply.status} ${messageOf(reply.text)}`;
    };
    for (const value of ['Ünïcödé 🎉', ' two\r\nlines ', 'a--x', 'a=b&c=%41', '']) {
      assert.equal(await named({ value }), value === '' ? null : value);
    }
    const plainText = 'Content-Type: text/plain; charset=';
    const latin1 = Buffer.from('Zürich', 'latin1');
    assert.equal(await named({ value: latin1, headers: [`${plainText}ISO-8859-1`] }), 'Zürich');
    assert.equal(await named({ value: 'Zürich', headers: [`${plainText}utf-8`] }), 'Zürich');
    assert.equal(await named({ headers: ['Content-Type: application/octet-stream'] }), 'a');
    assert.equal(await named({ headers: ['Content-Transfer-Encoding: 8bit'] }), 'a');
    const emptyFile = { name: 'Nothing', value: '', filename: '' };
    assert.equal(await named({}, [{ name: 'Größe', value: 'x' }, emptyFile]), 'a');
    assert.match(await named({ value: latin1 }), /^400 .*UTF-8/);
    assert.match(await named({ name: 'Größe' }, [{ name: 'a', value: latin1 }]), /^400 .*UTF-8/);
    const packed = ['Content-Transfer-Encoding: base64'];
    assert.match(await named({ headers: packed }), /^400 Send FriendlyName without/);
    assert.match(await named({}, [{ name: 'FriendlyName', value: 'b' }]), /^400 .*only once/);
    const many = Array.from({ length: 499 }, (_, at) => ({ name: `n${at}`, value: 'x' }));
    assert.equal(await named({}, many), 'a');
    assert.match(await named({}, [...many, { name: 'n', value: 'x' }]), /^400 Send at most 500/);
    assert.match(await named({ value: 'x'.repeat(65_536) }), /^413 /);
  });

  test('that is broken is refused', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const whole = multipartBody(partsOf({ FriendlyName: 'a' }), 'x');
    const broken: readonly (readonly [string, Buffer])[] = [
      ['multipart/form-data', whole],
      ['multipart/form-data; boundary=', whole],
      ['multipart/form-data; boundary=y', whole],
      ['multipart/form-data; boundary=x', whole.subarray(0, -6)],
      ['multipart/form-data; boundary=x', Buffer.from('FriendlyName=a')],
      [
        'multipart/form-data; boundary=x',
        multipartBody([{ name: '', value: 'a' }], 'x').subarray(0, 30),
      ],
      [
        'multipart/form-data; boundary=x',
        Buffer.from('--x\r\nContent-Disposition: form-data\r\n\r\na\r\n--x--'),
      ],
    ];
    for (const [type, body] of broken) {
      const sent = { path: '/v1/ConnectionPolicies', login: loginOf(account), body, type };
      const { status, text } = await send(app, sent);
      assert.equal(status, 400, `${type}\n${body.toString()}\n${text}`);
    }
    const { json } = await app.get('/v1/ConnectionPolicies', loginOf(account));
    assert.deepEqual(json.connection_policies, []);
  });
});

suite('multipart/form-data elsewhere', () => {
  test('is accepted by forms of the console, without a file if the form has none', async () => {
    await using app = await testApp({ engine: 'memory' });
    await ann(app);
    const login = async (files: Readonly<Record<string, Buffer>>) => {
      const browser = new Browser(app);
      const page = await browser.get('/login');
      return browser.upload(page, '/login', { Email: EMAIL, Password: PASSWORD }, files);
    };
    assert.equal((await login({})).location, '/console');
    assert.equal((await login({ Picture: Buffer.alloc(0) })).location, '/console');
    const refused = await login({ Picture: Buffer.from('x') });
    assert.equal(refused.status, 400);
    assert.match(refused.text, /Picture must be text, not a file/);
  });

  test('is refused by the control API, which accepts JSON', async () => {
    await using app = await testApp({ engine: 'memory' });
    const type = 'multipart/form-data; boundary=x';
    const body = multipartBody(partsOf({ friendly_name: 'a' }), 'x').toString();
    const reply = await app.request('POST', '/_tieline/accounts', {
      form: body,
      headers: { 'content-type': type },
    });
    assert.equal(reply.status, 415);
    assert.equal(reply.json.error, 'Send the body as application/json.');
  });

  test('of any bytes is read or refused without a wait', async () => {
    const whole = multipartBody(
      [
        { name: 'a', value: 'b' },
        { name: 'f', value: 'bytes', filename: 'f.txt' },
        { name: 'ü', value: '', headers: ['Content-Type: text/plain; charset=latin1'] },
      ],
      'x',
    );
    const damage = fc.record({
      from: fc.nat(whole.length),
      removed: fc.nat(20),
      put: fc.oneof(
        fc.uint8Array({ maxLength: 8 }),
        fc
          .constantFrom('\r\n', '--x', '\r\n--x', '--', ';', '"', '\r\n\r\n')
          .map((text) => Buffer.from(text)),
      ),
    });
    const property = fc.asyncProperty(fc.array(damage, { maxLength: 4 }), async (damages) => {
      let body: Buffer = whole;
      for (const { from, removed, put } of damages) {
        body = Buffer.concat([body.subarray(0, from), put, body.subarray(from + removed)]);
      }
      await readMultipart(body, 'multipart/form-data; boundary=x').catch((error: unknown) => {
        assert.ok(error instanceof ApiError && error.status === 400, String(error));
      });
    });
    await fc.assert(property, { numRuns: 2_000 });
  });
});

onEveryEngine('JSON', (engine) => {
  test('is not a form: an empty object has no parameters, other JSON is refused with an example', async () => {
    await using app = await testApp({ engine });
    const tenant = await aTenant(app);
    const login = loginOf(tenant.account);
    for (const endpoint of POSTS) {
      const path = pathOf(endpoint, tenant);
      const key = { 'idempotency-key': `json-${endpoint.id}` };
      const empty = await app.request('POST', path, { login, headers: key });
      for (const text of ['{}', ' {\n} ']) {
        const headers = { ...key, 'content-type': 'application/json; charset=utf-8' };
        const json = await app.request('POST', path, { login, form: text, headers });
        assert.deepEqual([json.status, json.text], [empty.status, empty.text], endpoint.id);
      }
      for (const body of [{ To: '1' }, [], null, 'x']) {
        const { status, json } = await app.request('POST', path, { login, body });
        assert.deepEqual([status, json.code], [415, 20001], endpoint.id);
        assert.match(json.message, /^Send the parameters as a form, \w+=….*x-www-form-urlencoded/);
      }
    }
  });
});
