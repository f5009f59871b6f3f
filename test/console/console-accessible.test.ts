import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { inChromium } from '../journeys/real-browser.ts';
import { Browser, signedIn } from '../support/browser.ts';
import { aConsoleWorld, addressOf, type ConsoleWorld, PAGES } from '../support/console-world.ts';
import { type TestApp, testApp } from '../support/test-app.ts';

/** The console for people who use a keyboard, a screen reader, a phone, or enlarged text. */

const FAULTS = readFileSync(new URL('../support/page-faults.js', import.meta.url), 'utf8');

const AXE_TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** The rules of axe-core that the open page breaks, with the first element of each. */
async function violationsOf(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  return page.evaluate(async (values) => {
    const { violations } = await (globalThis as unknown as { axe: typeof axe }).axe.run({
      runOnly: { type: 'tag', values },
      resultTypes: ['violations'],
      // page-faults.js measures the contrast, in a tenth of the time.
      rules: { 'color-contrast': { enabled: false } },
    });
    return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
  }, AXE_TAGS);
}

/** The addresses of all pages except downloads. */
function addresses(world: ConsoleWorld): string[] {
  const shown = PAGES.filter(({ show, id }) => show && !id.endsWith('Export'));
  return [...new Set(shown.map((page) => addressOf(page, world)))];
}

async function operatorIn(page: Page, app: TestApp, origin: string, world: ConsoleWorld) {
  const { cookies } = await signedIn(app, world.operator);
  const value = cookies.get('tieline_session') ?? '';
  await page.context().addCookies([{ name: 'tieline_session', value, url: origin }]);
}

suite('pages for everybody', () => {
  inChromium('have an order, names, room and contrast, on each screen', async (browser) => {
    await using app = await testApp({ engine: 'memory' });
    const origin = await app.listen();
    const world = await aConsoleWorld(app);
    const page = await browser.somebody();
    const known = addresses(world);
    assert.ok(known.length > 30);
    const stranger = ['/login', '/signup', '/logout', `/links/${'x'.repeat(43)}`];
    for (const who of ['a stranger', 'an operator']) {
      if (who === 'an operator') await operatorIn(page, app, origin, world);
      for (const [place, path] of (who === 'a stranger' ? stranger : known).entries()) {
        const answer = await page.goto(origin + path);
        if (!answer?.headers()['content-type']?.startsWith('text/html')) continue;
        for (const [colorScheme, width] of [
          ['light', 1440],
          ['dark', 320],
        ] as const) {
          await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
          await page.setViewportSize({ width, height: 800 });
          const faults = await page.evaluate<string[]>(FAULTS);
          // axe-core takes a second, so it judges every second page on the wide screen only, and
          // the others on the narrow one.
          const isJudged = (place % 2 === 0) === width > 1000;
          const all = [...faults, ...(isJudged ? await violationsOf(page) : [])];
          assert.deepEqual(all, [], `${path} as ${who}, ${colorScheme}, ${width} pixels`);
        }
      }
    }
  });

  inChromium('open and close their menus by keyboard alone', async (browser) => {
    await using app = await testApp({ engine: 'memory' });
    const origin = await app.listen();
    const world = await aConsoleWorld(app);
    const page = await browser.somebody();
    await operatorIn(page, app, origin, world);
    await page.goto(`${origin}/console/${world.account.sid}`);
    const menu = page.locator('details.person');
    const isOpen = async () => (await menu.getAttribute('open')) !== null;
    await menu.locator('summary').focus();
    await page.keyboard.press('Space');
    assert.equal(await isOpen(), true);
    await page.keyboard.press('Escape');
    assert.equal(await isOpen(), false);
    await page.keyboard.press('Enter');
    for (const name of ['Profile', 'Clock', 'Log out']) {
      await page.keyboard.press('Tab');
      assert.equal((await page.locator(':focus').innerText()).trim(), name);
    }
    await page.keyboard.press('Tab');
    assert.equal(await isOpen(), false, 'what has the focus is not covered');
    assert.deepEqual(browser.complaints, []);
  });

  inChromium('have a menu on a phone, also without a script', async (browser) => {
    await using app = await testApp({ engine: 'memory' });
    const origin = await app.listen();
    const world = await aConsoleWorld(app);
    const page = await browser.somebody({ javaScript: false });
    await page.setViewportSize({ width: 390, height: 844 });
    await operatorIn(page, app, origin, world);
    await page.goto(`${origin}/console/${world.account.sid}`);
    const entry = page.getByRole('link', { name: 'Audit Log' });
    assert.equal(await entry.count(), 0);
    await page.getByText('Menu').click();
    await entry.click();
    assert.equal(await page.locator('h1').innerText(), 'Audit Log');
  });

  test('put the cursor into the wrong field of a refused form, and say so first', async () => {
    await using app = await testApp({ engine: 'memory' });
    const browser = new Browser(app);
    const form = { Name: 'Nina', Email: 'nina@example.com', Password: 'short' };
    const weak = await browser.submit(await browser.get('/signup'), '/signup', form);
    assert.equal(weak.status, 400);
    assert.match(weak.text, /<title>Error: Sign up · Tieline<\/title>/);
    const [input = ''] = /<input[^>]*id="Password"[^>]*>/.exec(weak.text) ?? [];
    assert.match(input, /aria-invalid="true"/);
    assert.match(input, /aria-describedby="Password-help"/);
    assert.equal(weak.text.match(/\sautofocus\s/g)?.length, 1);
    assert.match(input, /\sautofocus\s/);

    const unknown = { Email: 'nina@example.com', Password: 'not the one' };
    const wrong = await browser.submit(await browser.get('/login'), '/login', unknown);
    assert.match(wrong.text, /role="alert" tabindex="-1" autofocus/);
    assert.equal(wrong.text.match(/\sautofocus[\s>]/g)?.length, 1);
  });

  test('say why a person has to log in, and that a form was not saved', async () => {
    await using app = await testApp({ engine: 'memory' });
    const world = await aConsoleWorld(app);
    const browser = new Browser(app);
    const { text } = await browser.open(`/console/${world.account.sid}/keys`);
    assert.match(text, /Log in, and you go on where you were/);
    assert.doesNotMatch((await new Browser(app).open('/console')).text, /go on where you were/);
  });
});
