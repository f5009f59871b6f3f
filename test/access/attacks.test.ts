import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { suite, test } from 'node:test';
import { openCookies } from '../../src/http/pages/cookies.ts';
import { buildServer } from '../../src/http/server.ts';
import { ROUTES } from '../../src/routes.ts';
import { Browser, hiddenFields } from '../support/browser.ts';
import { answer, aStage, grantOf } from '../support/consent-stage.ts';
import { ann, EMAIL, logIn } from '../support/people.ts';
import { onEveryEngine, type TestApp, testApp } from '../support/test-app.ts';

/** Attacks on the pages by hostile requests and by addresses that apps registered. */

/** Sends raw bytes. @returns the head of the answer */
async function sent(app: TestApp, request: string): Promise<string> {
  const address = app.server.server.address() as { port: number };
  const socket = connect(address.port, '127.0.0.1');
  socket.write(`${request}\r\nConnection: close\r\n\r\n`);
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  return text.split('\r\n\r\n', 1)[0] ?? '';
}

const statusOf = (head: string) => Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1]);

suite('an address in the request line', () => {
  test('never becomes the target after signing in (T11)', async () => {
    await using app = await testApp({ engine: 'memory' });
    await app.listen();
    await ann(app);
    const head = await sent(
      app,
      'GET http://evil.example/user/account?a=b HTTP/1.1\r\nHost: localhost',
    );
    assert.equal(statusOf(head), 303);
    const [, cookie = ''] = /tieline_return=([^;]+)/.exec(head) ?? [];
    const browser = new Browser(app);
    browser.cookies.set('tieline_return', cookie);
    assert.equal((await logIn(browser)).location, '/user/account?a=b');
  });

  test('is served by its path, and links in it stay out of the log (T26)', async () => {
    await using app = await testApp({ engine: 'memory' });
    await app.listen();
    for (const [path, status] of [
      ['', 303],
      ['?a=b', 303],
      ['/login', 200],
      ['/links/no-such-link', 410],
      ['//evil.example/login', 404],
      ['/_tieline/deliveries', 200],
    ] as const) {
      const head = await sent(app, `GET HTTP://localhost${path} HTTP/1.1\r\nHost: localhost`);
      assert.equal(statusOf(head), status, path);
    }
    assert.doesNotMatch(app.logLines.join(''), /no-such-link/);
  });

  test('is guarded like a path on the control API', async () => {
    await using app = await testApp({ engine: 'memory' });
    await app.listen();
    const path = '/_tieline/deliveries HTTP/1.1\r\nHost:';
    assert.equal(statusOf(await sent(app, `GET http://localhost${path} evil.example`)), 421);
  });
});

suite('a host that no browser would send', () => {
  test('is refused without a server error', async () => {
    await using app = await testApp({ engine: 'memory' });
    await app.listen();
    for (const host of ['::::', 'a:b:c', '[', 'localhost:99999', ':80', '1.2.3.4.5', '']) {
      const form = `POST /login HTTP/1.1\r\nContent-Length: 0\r\nHost: ${host}`;
      const isKnown = host.startsWith('localhost');
      assert.equal(statusOf(await sent(app, form)), isKnown ? 403 : 421, host);
      const demo = await sent(app, `GET /demo HTTP/1.1\r\nHost: ${host}`);
      assert.equal(statusOf(demo), isKnown ? 404 : 421, host);
    }
  });
});

suite('the return path after signing in', () => {
  test('is a path of this server, even in a signed cookie', async () => {
    await using app = await testApp({ engine: 'memory' });
    const { write, openReturn } = openCookies(app.app.config, app.app.keyRing);
    const opened = (value: string) => {
      const [, cookie = ''] =
        /tieline_return=([^;]*)/.exec(write({ name: 'return', value })[0] ?? '') ?? [];
      return openReturn(cookie);
    };
    assert.equal(opened('/console/profile?a=b'), '/console/profile?a=b');
    for (const away of ['//evil.example', '/\\evil.example', 'https://evil.example/', 'console']) {
      assert.equal(opened(away), null, away);
    }
  });
});

/** Addresses as written and stored, with their form in a header. */
const WRITTEN: Readonly<Record<string, RegExp>> = {
  'https://app.example.com/€?x=€': /^https:\/\/app\.example\.com\/%E2%82%AC\?x=%E2%82%AC&/,
  'https://例え.example/ü': /^https:\/\/xn--r8jz45g\.example\/%C3%BC\?/,
  'https://app.example.com/a|b': /^https:\/\/app\.example\.com\/a\|b\?/,
};

onEveryEngine('an Authorize URL in any script', (engine) => {
  for (const [url, carried] of Object.entries(WRITTEN)) {
    test(`${url} is the redirect's target, and the server goes on`, async () => {
      await using app = await testApp({ engine });
      const stage = await aStage(app, { authorize_redirect_url: url });
      const denied = await answer(stage, await stage.browser.get(stage.path), 'deny');
      assert.equal(denied.status, 303);
      assert.match(denied.location ?? '', carried);
      const done = await answer(stage, await stage.browser.get(stage.path), 'authorize');
      assert.equal(done.status, 303);
      assert.match(done.location ?? '', carried);
      const { subaccount_sid } = (await grantOf(app, stage)) ?? {};
      assert.ok(done.location?.endsWith(`AccountSid=${subaccount_sid}`));
    });
  }
});

suite('an answer that cannot be sent', () => {
  test('is an error page for its sender, and other requests are answered', async () => {
    await using app = await testApp({ engine: 'memory' });
    const pages = ROUTES.pages.list.map((page) =>
      page.id === 'Root'
        ? {
            ...page,
            show: () => ({ kind: 'file', type: 'a/b', bytes: '', headers: { x: '€' } }) as const,
          }
        : page,
    );
    const server = buildServer(app.app, { ...ROUTES, pages: { ...ROUTES.pages, list: pages } });
    try {
      await server.listen({ host: '127.0.0.1', port: 0 });
      const { port } = server.server.address() as { port: number };
      const broken = await fetch(`http://127.0.0.1:${port}/`);
      assert.equal(broken.status, 500);
      assert.match(await broken.text(), /Something went wrong/);
      const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      assert.match(metrics, /in_flight\S* 1\n/, 'what is in flight comes out even');
    } finally {
      await server.close();
    }
  });

  test('ends at most the connection when the error page fails, too', async () => {
    await using app = await testApp({ engine: 'memory' });
    const renderError = () => Promise.reject(new Error('no page'));
    const server = buildServer(app.app, { ...ROUTES, pages: { ...ROUTES.pages, renderError } });
    try {
      await server.listen({ host: '127.0.0.1', port: 0 });
      const { port } = server.server.address() as { port: number };
      await assert.rejects(fetch(`http://127.0.0.1:${port}/console/nothing/there/is`));
      assert.equal((await fetch(`http://127.0.0.1:${port}/healthz`)).status, 200);
      assert.match(app.logLines.join(''), /an error page could not be made/);
    } finally {
      await server.close();
    }
  });
});

suite('a form', () => {
  test('of a kind that no browser sends changes nothing (T15)', async () => {
    await using app = await testApp({ engine: 'memory' });
    await ann(app);
    const browser = new Browser(app);
    const page = await browser.get('/login');
    const fields = { ...hiddenFields(page.text, '/login'), Email: EMAIL, Password: 'x' };
    const body = new URLSearchParams(fields).toString();
    for (const [type, status] of [
      ['text/plain', 415],
      ['application/json', 415],
      ['multipart/form-data', 400],
      ['multipart/form-data; boundary=x', 400],
      ['application/x-www-form-urlencodedx', 415],
      ['application/x-www-form-urlencoded; charset=utf-8', 403],
    ] as const) {
      const visit = await browser.post('/login', body, { 'content-type': type });
      assert.equal(visit.status, status, type);
    }
    const counted = app.app.database.db.selectFrom('sign_in_failures').selectAll().execute();
    assert.ok(
      (await counted).every(({ failures }) => failures === 1),
      'the last was looked at',
    );
    for (const origin of ['null', 'http://evil.example', 'http://localhost.evil.example']) {
      const visit = await browser.post('/login', fields, { origin });
      assert.match(visit.text, /This form came from another site/, origin);
    }
    for (const site of ['cross-site', 'same-site', 'none', '']) {
      const visit = await browser.post('/login', fields, { 'sec-fetch-site': site });
      assert.match(visit.text, /This form came from another site/, site);
    }
  });
});
