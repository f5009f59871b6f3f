import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { inChromium } from '../journeys/real-browser.ts';
import { aPerson, signedIn } from '../support/browser.ts';
import { testApp } from '../support/test-app.ts';
import {
  aDesk,
  NAME_WITHOUT_TRUST,
  notebookOf,
  otherComplaints,
  resultOf,
  seedNotebook,
} from './notebook-page.ts';

const seed = seedNotebook();
if (!seed) console.log('– ../shared is absent: the seed notebook is not run in the browser');

suite('a notebook in the console', () => {
  for (const has_apps of seed ? [false, true] : []) {
    const where = has_apps ? 'with apps' : 'that is empty';
    inChromium(`runs as it came and is green, in an account ${where}`, async (browser) => {
      await using desk = await aDesk(browser);
      const { page, press, app, account } = desk;
      if (has_apps) await app.aGrant(await app.aConnectApp(account), account);
      await desk.open(seed ?? '', 'connect-apps.md');
      assert.equal(await page.locator('.cell.code[data-state="idle"]').count(), 28);
      const about = await page.locator('.survey').innerText();
      assert.match(about, /28 cells of code\. 4 cells may change something: \$10, \$14, \$16/);
      await press('Run all');
      const sid = page.getByRole('dialog').getByLabel('Answer');
      assert.equal(await sid.inputValue(), account.sid, 'the SID is there already');
      await press('Answer');
      await desk.giveCredentials();
      await press('Allow');
      assert.equal(await desk.told(), '28 cells ran, none failed.');
      assert.equal(await page.locator('.cell.code[data-state="ok"]').count(), 28);
      const asked = await desk.cell(6).locator('.requests > li').count();
      assert.equal(asked, has_apps ? 1 : 0, 'of the authorised app, where there is one');
      const created = desk.cell(10);
      const request = created.locator('.requests summary');
      assert.match(await request.innerText(), /^POST\s[^]*\/Usage\/Triggers\.json\s+201\s/);
      await request.click();
      assert.match(await created.locator('.exchange').innerText(), /UsageCategory=sms/);
      assert.ok(!(await page.content()).includes(account.auth_token));
      const { name, bytes } = await desk.download();
      assert.equal(name, 'connect-apps.md');
      assert.deepEqual(bytes, seed);
      assert.deepEqual(otherComplaints(browser), []);
    });
  }

  inChromium('can be one of those that come with the product', async (browser) => {
    await using desk = await aDesk(browser);
    const { page, press } = desk;
    const own = page.getByRole('list', { name: 'Notebooks of Tieline' }).getByRole('listitem');
    await own.first().waitFor();
    const names = globSync('docs/notebooks/*.md');
    assert.equal(await own.count(), names.length);
    await own.filter({ hasText: 'Connect apps' }).getByRole('button', { name: 'Open' }).click();
    await press('Run all');
    await press('Answer');
    await desk.giveCredentials();
    assert.match(await desk.told(), /^\d+ cells ran, none failed\.$/);
    const { name, bytes } = await desk.download();
    assert.deepEqual(bytes, readFileSync(`docs/notebooks/${name}`));
    assert.deepEqual(otherComplaints(browser), []);
  });

  inChromium('shows results as trees, output, and errors at their line', async (browser) => {
    await using desk = await aDesk(browser);
    const { page, press } = desk;
    const values = [
      '({ name: "a", inner: { url: "https://example.com/x" }, list: [1, 2] })',
      'console.log("said", 1); console.warn("look out"); "a string"',
      'var fine = 1;\nnull.foo;',
      '$_ === undefined && $1 + "!"',
    ];
    await desk.open(notebookOf(...values));
    await press('Run all');
    assert.equal(await desk.told(), '4 cells ran, 1 failed.');
    await press('Show the first');
    const code = await page.locator(':focus').getAttribute('aria-label');
    assert.match(code ?? '', /^Code of \$2\./);
    const first = desk.cell(0).locator('.result');
    assert.match(await first.innerText(), /^\$0 =\s+Object/);
    await first.getByText('inner: ').click();
    const link = first.getByRole('link');
    assert.equal(await link.getAttribute('href'), 'https://example.com/x');
    assert.equal(await link.getAttribute('rel'), 'noopener noreferrer');
    const second = await desk.cell(1).locator('.output').innerText();
    assert.match(second, /said 1\s+warn: look out/);
    assert.equal(await resultOf(desk.cell(1)), '$1 = "a string"');
    const failed = desk.cell(2);
    assert.match(await failed.locator('.failure').innerText(), /TypeError:\s+.*foo.*\s+Line 2 of/);
    assert.equal(await failed.locator('.line.failed').innerText(), 'null.foo;');
    assert.equal(await resultOf(desk.cell(3)), '$3 = "a string!"');
    assert.equal(await page.locator('.gutter').last().innerText(), '5', 'line numbers go on');
    assert.deepEqual(browser.complaints, []);
  });

  inChromium('asks in its own dialogs, and accepts a refusal', async (browser) => {
    await using desk = await aDesk(browser);
    const { page, press } = desk;
    await desk.open(
      notebookOf(
        'prompt("Which?", "this one")',
        'confirm("Sure?")',
        'alert("Done.")',
        'prompt("?")',
      ),
    );
    await press('Run all');
    const dialog = page.getByRole('dialog');
    assert.equal(await dialog.getByLabel('Answer').inputValue(), 'this one');
    await dialog.getByLabel('Answer').fill('that one');
    await page.keyboard.press('Enter');
    await dialog.getByText('Sure?').waitFor();
    await page.keyboard.press('Escape');
    await dialog.getByText('Done.').waitFor();
    await press('Go on');
    await dialog.getByText('?', { exact: true }).waitFor();
    await press('Cancel');
    assert.equal(await desk.told(), '4 cells ran, none failed.');
    const results = await Promise.all([0, 1, 2, 3].map((index) => resultOf(desk.cell(index))));
    assert.deepEqual(results, ['$0 = "that one"', '$1 = false', '$2 = undefined', '$3 = null']);
    assert.deepEqual(browser.complaints, [], 'none of them was the browser’s');
  });

  inChromium('keeps the credentials until the user presses Forget', async (browser) => {
    await using desk = await aDesk(browser);
    const { page, press, account } = desk;
    const read = `API.createClient('client', '/raml/2010-04-01.raml');
client.Accounts.AccountSid('${account.sid}').json.get().status`;
    await desk.open(notebookOf(read));
    await press('Run all');
    await desk.giveCredentials('not the auth token');
    await page.getByText('The API refused these credentials.').waitFor();
    await desk.giveCredentials();
    await desk.told();
    assert.equal(await resultOf(desk.cell(0)), '$0 = 200');
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await desk.cell(0).locator('.requests summary').last().click();
    await press('Copy as cURL');
    await page.getByText('Copied.').waitFor();
    const copied = await page.evaluate<string>('navigator.clipboard.readText()');
    assert.match(copied, /^curl /);
    assert.ok(!copied.includes(account.auth_token), 'the token is not in it');
    await press('Restart');
    await press('Run all');
    await page.getByText('1 cell ran.').waitFor();
    assert.equal(await resultOf(desk.cell(0)), '$0 = 200', 'without asking again');
    await press('Forget');
    await press('Run all');
    await press('Go on without');
    await page.getByText('1 cell ran.').waitFor();
    assert.equal(await resultOf(desk.cell(0)), '$0 = 401');
    assert.deepEqual(otherComplaints(browser), []);
  });

  inChromium('explains why it cannot work', async (browser) => {
    await using desk = await aDesk(browser);
    const { page } = desk;
    const cookies = await page.context().cookies();
    const without = await browser.somebody({ javaScript: false });
    await without.context().addCookies(cookies);
    await without.goto(desk.address);
    assert.match(await without.locator('noscript p').innerText(), /needs JavaScript: the code of/);
    assert.equal(await without.locator('main button, main input').count(), 0);
    // A browser does not trust another host name than localhost over http.
    const plain = desk.address.replace('localhost', NAME_WITHOUT_TRUST);
    const untrusted = await browser.somebody();
    const there = cookies.map(({ name, value }) => ({ name, value, url: plain }));
    await untrusted.context().addCookies(there);
    await untrusted.goto(plain);
    await untrusted.getByText('only over https or at localhost').waitFor();
  });
});

suite('the files of the notebook page', () => {
  test('have a policy that lets the engine compile, and nothing more', async () => {
    await using app = await testApp({ engine: 'memory' });
    const account = await app.anAccount();
    const somebody = await signedIn(app, await aPerson(app, account));
    const page = await somebody.get(`/console/${account.sid}/notebook`);
    assert.equal(page.headers['cross-origin-opener-policy'], 'same-origin');
    assert.equal(page.headers['cross-origin-embedder-policy'], 'require-corp');
    const policy = page.headers['content-security-policy'] ?? '';
    assert.match(policy, /script-src 'self';/);
    const [, nonce = ''] = /style-src 'self' 'nonce-([^']+)';/.exec(policy) ?? [];
    assert.ok(page.text.includes(nonce) && nonce.length > 20);
    const again = await somebody.get(`/console/${account.sid}/notebook`);
    assert.ok(!again.text.includes(nonce), 'another for each answer');

    const worker = await app.get('/assets/notebook-worker.js');
    assert.equal(worker.status, 200);
    const own = worker.headers['content-security-policy'];
    assert.equal(own, "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'");
    assert.equal(worker.headers['cross-origin-embedder-policy'], 'require-corp');
    const headers = { 'if-none-match': worker.headers['etag'] ?? '' };
    const same = await app.request('GET', '/assets/notebook-worker.js', { headers });
    assert.deepEqual([same.status, same.text], [304, '']);
    const other = await somebody.get(`/console/${account.sid}`);
    assert.equal(other.headers['cross-origin-embedder-policy'], undefined);
    assert.doesNotMatch(other.headers['content-security-policy'] ?? '', /nonce/);
  });
});
