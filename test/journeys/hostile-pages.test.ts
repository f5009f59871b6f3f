import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { suite } from 'node:test';
import type { Page } from 'playwright-core';
import { ROUTES } from '../../src/routes.ts';
import { aPerson, signedIn } from '../support/browser.ts';
import { asSystem, type TestApp, testApp } from '../support/test-app.ts';
import { inChromium } from './real-browser.ts';

/** Signs a page's browser in without the form. */
async function signIn(page: Page, app: TestApp, origin: string, person: { sid: string }) {
  const { cookies } = await signedIn(app, person);
  const value = cookies.get('tieline_session') ?? '';
  await page.context().addCookies([{ name: 'tieline_session', value, url: origin }]);
}

const MARK = 'tieline-was-here';
/** Texts that would run or leave their place if a page did not show them as text. */
const PAYLOADS = [
  `<script>document.title='${MARK}';alert(1)</script>`,
  `"><img src=x onerror="alert(1)">`,
  `'><svg onload=alert(1)>`,
  `</textarea><script>alert(1)</script>`,
  `</title><script>alert(1)</script>`,
  `<iframe srcdoc="<script>alert(1)</script>">`,
  `<style>@import 'http://localhost:9/x.css';body{display:none}</style>`,
  `" autofocus onfocus="alert(1)`,
  '{{constructor.constructor("alert(1)")()}}',
  '<base href="http://localhost:9/">',
  '<meta http-equiv="refresh" content="0;url=http://localhost:9/">',
  '<form action="http://localhost:9/"><button>',
  '&lt;script&gt;alert(1)&lt;/script&gt;',
  '\u202Eevil\u202D <b>x</b>',
];

suite('hostile content in a real browser', () => {
  inChromium('stays text on every page that shows it (T36)', async (browser) => {
    await using app = await testApp({ engine: 'memory' });
    const origin = await app.listen();
    const page = await browser.somebody();
    const customer = await app.anAccount({ friendly_name: PAYLOADS[0] ?? '' });
    const sids: string[] = [];
    for (const payload of PAYLOADS) {
      const connectApp = await app.aConnectApp(customer, {
        friendly_name: payload.slice(0, 64),
        company_name: payload,
        description: payload,
        homepage_url: `https://example.com/?${encodeURIComponent(payload)}`,
      });
      await app.aGrant(connectApp, customer);
      sids.push(connectApp.sid);
    }
    await signIn(page, app, origin, await aPerson(app, customer, { name: 'A person' }));
    const state = encodeURIComponent(PAYLOADS[0] ?? '');
    const paths = new Set([
      ...sids.map((sid) => `/authorize/${sid}?state=${state}`),
      ...sids.flatMap((sid) => pagesOf(customer.sid, sid)),
    ]);
    for (const path of paths) {
      const answer = await page.goto(origin + path);
      assert.ok((answer?.status() ?? 500) < 500, path);
      assert.notEqual(await page.title(), MARK, path);
      assert.equal(new URL(page.url()).origin, origin, path);
      assert.ok(await page.locator('main').isVisible(), path);
      // A page may have a script of this server. None of these payloads names one.
      const foreign = page.locator(
        'main :is(script:not([src^="/assets/"]), iframe, base, meta, svg)',
      );
      assert.equal(await foreign.count(), 0, path);
    }
    const unexpected = browser.complaints.filter((one) => !/status of 4\d\d/.test(one));
    assert.deepEqual(unexpected, []);
  });

  inChromium(
    'is not shown in a frame, so nobody clicks Authorize unseen (T16)',
    async (browser) => {
      await using app = await testApp({ engine: 'memory' });
      const origin = await app.listen();
      const customer = await app.anAccount();
      const connectApp = await app.aConnectApp(customer);
      const page = await browser.somebody();
      await signIn(page, app, origin, await aPerson(app, customer));
      const target = `${origin}/authorize/${connectApp.sid}`;
      await page.goto(target);
      assert.equal(await page.getByRole('button', { name: 'Authorize' }).count(), 1);

      const attacker = createServer((_request, response) => {
        response.setHeader('content-type', 'text/html');
        response.end(`<h1>Win a prize</h1><iframe src="${target}"></iframe>`);
      });
      attacker.listen(0, '127.0.0.1');
      await once(attacker, 'listening');
      try {
        // The same site, so that the session's cookie would be sent.
        await page.goto(`http://localhost:${(attacker.address() as AddressInfo).port}/`);
        await page.getByRole('heading', { name: 'Win a prize' }).waitFor();
        const frame = page.frameLocator('iframe');
        assert.equal(await frame.getByRole('button', { name: 'Authorize' }).count(), 0);
        assert.ok(browser.complaints.some((one) => /frame-ancestors|X-Frame-Options/i.test(one)));
      } finally {
        attacker.closeAllConnections();
        attacker.close();
      }
    },
  );

  inChromium('cannot be sent from another site as one of our forms (T15)', async (browser) => {
    await using app = await testApp({ engine: 'memory' });
    const origin = await app.listen();
    const customer = await app.anAccount();
    const connectApp = await app.aConnectApp(customer);
    const grant = await app.aGrant(connectApp, customer);
    const page = await browser.somebody();
    await signIn(page, app, origin, await aPerson(app, customer));
    const revoke = `${origin}/console/${customer.sid}/authorized-apps/${connectApp.sid}/revoke`;
    const attacker = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html');
      response.end(`<form method="post" action="${revoke}"><button>Win</button></form>`);
    });
    attacker.listen(0, '127.0.0.1');
    await once(attacker, 'listening');
    try {
      await page.goto(`http://127.0.0.1:${(attacker.address() as AddressInfo).port}/`);
      await page.getByRole('button', { name: 'Win' }).click();
      await page.getByRole('heading', { name: /not allowed|Log in/i }).waitFor();
    } finally {
      attacker.closeAllConnections();
      attacker.close();
    }
    const standing = await asSystem(app, ({ tx }) =>
      tx
        .selectFrom('grants')
        .select('date_revoked')
        .where('sid', '=', grant.sid)
        .executeTakeFirst(),
    );
    assert.equal(standing?.date_revoked, null);
  });
});

/** Every page of one account that needs only the SIDs of the account and the app. */
function pagesOf(account_sid: string, connect_app_sid: string): string[] {
  const paths = ROUTES.pages.list
    .filter(({ who, show }) => who === 'account' && show)
    .map(({ path }) => path.replace(':AccountSid', account_sid))
    .map((path) => path.replace(/:(Sid|ConnectAppSid)/, connect_app_sid));
  return paths.filter((path) => !path.includes(':') && !path.includes('/export'));
}
