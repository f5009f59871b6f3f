import assert from 'node:assert/strict';
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { addressOf } from '../../scripts/docs/addresses.ts';
import { deadLinks } from '../../scripts/docs/dead-links.ts';
import { ORDER } from '../../scripts/docs/sections.ts';
import { buildSite } from '../../scripts/docs/site.ts';
import { readConfig } from '../../src/config.ts';
import { type RunningServer, start } from '../../src/main.ts';
import { DOCUMENTATION } from '../../src/pages/documentation.ts';
import { inChromium } from '../journeys/real-browser.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const BUILT = 'dist/docs';
const SETTINGS = { data: ':memory:', logLevel: 'silent', port: '0' };
const PHONE = { width: 390, height: 800 };
const DESKTOP = { width: 1440, height: 900 };

suite('the documentation', () => {
  let running: RunningServer;
  let sources: readonly string[];
  let named: readonly string[];
  before(async () => {
    const built = await buildSite(BUILT);
    sources = built.pages.map(({ source }) => source);
    named = built.named;
    running = await start(readConfig(SETTINGS, {}));
  });
  after(() => running.close());

  const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    fetch(running.origin + path, { method, headers, redirect: 'manual' });

  test('has a page for each entry of its navigation, and links only to files that exist', () => {
    assert.deepEqual(
      ORDER.filter((source) => !sources.includes(source)),
      [],
    );
    for (const guide of globSync(['docs/guides/*.md', 'docs/contract/*.md'])) {
      assert.ok(ORDER.includes(guide.slice('docs/'.length)), `${guide} is not in the navigation`);
    }
    assert.deepEqual(
      named.filter((file) => !existsSync(file)),
      [],
    );
  });

  test('is served at /docs, and every link of every page is answered', async () => {
    const seen = new Set(['/docs', ...sources.map((source) => `/docs/${addressOf(source)}`)]);
    for (const path of seen) {
      const answer = await get(path);
      assert.equal(answer.status, 200, path);
      if (!answer.headers.get('content-type')?.startsWith('text/html')) continue;
      const text = await answer.text();
      for (const [, to = ''] of text.matchAll(/\s(?:href|src|srcset|action)="(\/[^"#]*)/g)) {
        seen.add(to);
      }
      assert.doesNotMatch(text, /\sstyle="|<style|\son\w+="|<script(?! src="\/docs\/)/, path);
    }
    assert.ok(seen.size > sources.length, `${seen.size} addresses`);
    for (const path of ['/docs/llms.txt', '/docs/assets/search.json', '/docs/guides/run']) {
      assert.equal((await get(path)).status, 200, path);
    }
  });

  test('names its types, and lets browsers keep only what its address identifies', async () => {
    const page = await get('/docs/');
    assert.equal(page.headers.get('content-type'), 'text/html; charset=utf-8');
    assert.equal(page.headers.get('cache-control'), 'no-cache');
    assert.match(page.headers.get('content-security-policy') ?? '', /script-src 'self';/);
    const etag = page.headers.get('etag') ?? '';
    assert.equal((await get('/docs/', { 'if-none-match': etag })).status, 304);
    const [style = ''] = /\/docs\/assets\/site-\w+\.css/.exec(await page.text()) ?? [];
    const sheet = await get(style);
    assert.equal(sheet.headers.get('content-type'), 'text/css; charset=utf-8');
    assert.match(sheet.headers.get('cache-control') ?? '', /immutable/);
    const head = await get(style, {}, 'HEAD');
    assert.deepEqual([head.status, await head.text()], [200, '']);
    assert.equal((await get('/docs/', {}, 'POST')).status, 405);
  });

  test('answers 404 with a page, and never with a file from elsewhere', async () => {
    const paths = [
      '/docs/nothing',
      '/docs/guides/nothing.txt',
      '/docs/../package.json',
      '/docs/%2e%2e/%2e%2e/package.json',
      '/docs/..%2f..%2fpackage.json',
      '/docs/guides/..%5c..%5c..%5cpackage.json',
      '/docs/.git/config.txt',
      '/docs//etc/hosts.txt',
      '/docs/%00.txt',
      `/docs/${'a/'.repeat(400)}`,
    ];
    for (const path of paths) {
      const { hostname, port } = new URL(running.origin);
      const answer = await get(path);
      assert.equal(answer.status, 404, `${hostname}:${port}${path}`);
      assert.doesNotMatch(await answer.text(), /"name"|localhost 127|127\.0\.0\.1\s/, path);
    }
    const missing = await (await get('/docs/nothing')).text();
    assert.match(missing, /Page not found.*<a href="\/docs\/start\/platform\/">/s);
  });

  test('shows the signs of the command line as they are typed', async () => {
    const text = await (await get('/docs/reference/commands/')).text();
    assert.match(text, /<code>--port &lt;number&gt;<\/code>/);
    assert.doesNotMatch(text, /&amp;lt;/);
  });

  test('shows no code where the search quotes a page, and finds it', async () => {
    const entries = (await (await get('/docs/assets/search.json')).json()) as {
      readonly [part in 'address' | 'text' | 'code']: string;
    }[];
    const run = entries.find(({ address }) => address.endsWith('/guides/pytest/'));
    assert.match(run?.code ?? '', /pip install pytest-tieline/);
    assert.doesNotMatch(run?.text ?? '', /pip install pytest-tieline/);
  });

  test('says how to build it where it has not been built', () => {
    assert.match(DOCUMENTATION.whenMissing, /"npm run docs"/);
  });

  test('is not built with a dead link', async () => {
    using folder = temporaryFolder();
    mkdirSync(folder.at('a'));
    writeFileSync(folder.at('index.html'), '<a href="/docs/a/#here">1</a><a href="/docs/b/">2</a>');
    writeFileSync(join(folder.at('a'), 'index.html'), '<h2 id="there">3</h2><img src="/x.png">');
    assert.deepEqual(deadLinks(folder.path, '/docs/').toSorted(), [
      'a/index.html: /x.png',
      'index.html: /docs/a/#here',
      'index.html: /docs/b/',
    ]);
  });

  test('can be published below another address', async () => {
    using folder = temporaryFolder();
    await buildSite(folder.path, '/tieline/');
    const text = readFileSync(folder.at('index.html'), 'utf8');
    assert.doesNotMatch(text, /"\/docs\//);
  });

  inChromium(
    'is read on a phone and a desktop, and searched, without a complaint',
    async (browser) => {
      const page = await browser.somebody();
      for (const size of [PHONE, DESKTOP]) {
        await page.setViewportSize(size);
        for (const path of [
          '/docs',
          '/docs/concepts/',
          '/docs/guides/usage/',
          '/docs/reference/api/Messages/',
        ]) {
          await page.goto(running.origin + path);
          const wide = await page.evaluate('document.documentElement.scrollWidth');
          assert.equal(wide, size.width, `${path} is as wide as the window`);
        }
      }
      const search = page.getByRole('searchbox');
      await search.fill('floor of a balance');
      await page.locator('form .results a').first().waitFor();
      await search.press('ArrowDown');
      await page.keyboard.press('Enter');
      await page.waitForURL(/\/docs\/.*(usage|concepts|commands|control)/);
      await page.goto(`${running.origin}/docs/search/?q=revoke`);
      await page.locator('main .results a').first().waitFor();
      assert.deepEqual(browser.complaints, []);
    },
  );

  inChromium('is read without JavaScript', async (browser) => {
    const page = await browser.somebody({ javaScript: false });
    await page.setViewportSize(PHONE);
    await page.goto(`${running.origin}/docs`);
    await page.getByText('Menu').click();
    await page.locator('.menu').getByRole('link', { name: 'Concepts' }).click();
    await page.getByRole('heading', { level: 1, name: 'Concepts' }).waitFor();
    await page.getByRole('searchbox').fill('purse');
    await page.getByRole('searchbox').press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Search' }).waitFor();
    await page.locator('main').getByRole('link', { name: 'Usage and money' }).waitFor();
  });
});
