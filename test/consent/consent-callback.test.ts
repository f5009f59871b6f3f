import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aPerson, formTokenOf, signedIn } from '../support/browser.ts';
import { wordsOf } from '../support/connect-app-story.ts';
import { answer, aStage } from '../support/consent-stage.ts';
import { onEveryEngine, testApp } from '../support/test-app.ts';

const REGISTERED = 'https://app.example.com/back?kept=1#part';
const withCb = (cb: string, rest = '') => `?cb=${encodeURIComponent(cb)}${rest}`;

onEveryEngine('the cb of a link behind a Connect button', (engine) => {
  test('brings its own query back when it is the Authorize URL', async () => {
    await using app = await testApp({ engine });
    const stage = await aStage(app, { authorize_redirect_url: REGISTERED });
    const { browser, path } = stage;
    const extra = async (query: string, value: 'authorize' | 'deny' = 'authorize') => {
      const page = await browser.get(path + query);
      assert.equal(page.status, 200, page.text);
      const { location = '' } = await answer(stage, page, value);
      assert.ok(location.startsWith('https://app.example.com/back?kept=1'), location);
      assert.ok(location.endsWith('#part'), location);
      return location.slice('https://app.example.com/back?kept=1'.length, -'#part'.length);
    };
    const ours = /^AccountSid=AC\w{32}$/;
    assert.match(await extra(''), /^&AccountSid=AC\w{32}$/);
    const back = 'https://app.example.com/back';
    for (const [cb, kept] of [
      [`${back}?redirect_state=a+b%2Fc`, 'redirect_state=a+b%2Fc'],
      [`${back}?a=1&a=2&kept=9&flag`, 'a=1&a=2&flag'],
      ['HTTPS://APP.example.com:443/x/../back?a=1#other', 'a=1'],
      [
        `${back}?AccountSid=AC0&error=no&Signature=x&Nonce=y&Timestamp=1&%41ccountSid=AC1&b=2`,
        'b=2',
      ],
      [back, null],
    ] as const) {
      const [, ...parts] = (await extra(withCb(cb))).split('&');
      assert.match(parts.pop() ?? '', ours, cb);
      assert.equal(parts.length === 0 ? null : parts.join('&'), kept, cb);
    }
    assert.match(await extra(withCb(`${back}?a=1`, '&state=s')), /^&a=1&AccountSid=AC\w+&state=s$/);
    assert.match(await extra(withCb(`${back}?state=of+cb`)), /^&AccountSid=AC\w+&state=of\+cb$/);
    assert.equal(await extra(withCb(`${back}?a=1`), 'deny'), '&a=1&error=unauthorized_client');
  });

  test('is ignored when it is another address, and the developer is told', async () => {
    await using app = await testApp({ engine });
    const stage = await aStage(app, { authorize_redirect_url: REGISTERED });
    const { browser, connect_app, developer, path } = stage;
    const owner = await signedIn(app, await aPerson(app, developer));
    const own = `/console/${developer.sid}/connect-apps/${connect_app.sid}`;
    assert.doesNotMatch((await owner.get(own)).text, /<code>cb<\/code>/);
    for (const [cb, shown] of [
      ['https://evil.example.com/back?secret=1', 'https://evil.example.com/back'],
      ['http://app.example.com/back?secret=1', 'http://app.example.com/back'],
      ['https://app.example.com:8443/back?secret=1', 'https://app.example.com:8443/back'],
      ['https://app.example.com/back/?secret=1', 'https://app.example.com/back/'],
      ['https://app.example.com.evil.example.com/back', 'https://app.example.com.evil.exa'],
      ['https://u:secret=1@app.example.com/back', 'https://app.example.com/back'],
      [`https://app.example.com/back?secret=1${'x'.repeat(2_048)}`, 'a text that is no http'],
      ['javascript:alert(1)', 'a text that is no http or https address'],
      ['', 'a text that is no http or https address'],
    ] as const) {
      app.advanceReal(1_000);
      const page = await browser.get(path + withCb(cb));
      const { location = '' } = await answer(stage, page, 'authorize');
      assert.match(location, /^https:\/\/app\.example\.com\/back\?kept=1&AccountSid=AC\w+#part$/);
      const told = await owner.get(own);
      assert.ok(wordsOf(told).includes(`A link came with cb ${shown}`), wordsOf(told));
      assert.ok(!told.text.includes('secret'), 'what may be secret in it is not kept');
      const logged = app.logLines.filter((line) => line.includes('the cb of a Connect link'));
      assert.ok(logged.at(-1)?.includes(`"connect_app_sid":"${connect_app.sid}"`));
      assert.ok(logged.at(-1)?.includes(shown) && !logged.at(-1)?.includes('secret'));
    }
  });

  test('survives the sign-in, and a malformed one is ignored', async () => {
    await using app = await testApp({ engine });
    const stage = await aStage(app, { authorize_redirect_url: REGISTERED });
    const { browser, path } = stage;
    const cb = 'https://app.example.com/back?redirect_state=x';
    const page = await browser.get(path + withCb(cb));
    // `Not you?` comes back to the same request by its interaction.
    const interaction = /name="interaction" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
    const again = await browser.get(`${path}?interaction=${interaction}`);
    const { location = '' } = await answer(stage, again, 'authorize');
    assert.match(location, /\?kept=1&redirect_state=x&AccountSid=/);
    const twice = await browser.get(`${path}${withCb(cb)}&cb=${encodeURIComponent(cb)}`);
    assert.doesNotMatch((await answer(stage, twice, 'authorize')).location ?? '', /redirect_state/);
    assert.ok(formTokenOf(twice) !== '');
  });
});
