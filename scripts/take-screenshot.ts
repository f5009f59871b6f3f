import { chromium } from 'playwright-core';
import { readConfig } from '../src/config.ts';
import { worldPassword } from '../src/control/first-world.ts';
import { CUSTOMER_EMAIL } from '../src/control/world-names.ts';
import { openLog } from '../src/kit/log.ts';
import { start } from '../src/main.ts';

/**
 * Takes the picture of the consent page that its guide shows: `node scripts/take-screenshot.ts`.
 * It needs a Chromium at /usr/bin/chromium or at the path in TEST_CHROMIUM.
 */
const FILE = 'docs/images/consent.png';
const VIEWPORT = { width: 720, height: 860 };

const config = { ...readConfig({ port: '0', data: ':memory:' }, {}) };
const running = await start(config, { log: openLog('warn') });
const made = await fetch(`${running.origin}/_tieline/connect_apps`, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({
    account_sid: running.world?.developer_account_sid,
    friendly_name: 'Call Counter',
    company_name: 'Counting Company',
    description: 'Counts your calls, and calls back those that you missed.',
    permissions: ['get-all', 'post-all'],
    homepage_url: 'https://counter.example.com/',
    terms_of_service_url: 'https://counter.example.com/terms',
    authorize_redirect_url: 'https://counter.example.com/authorized',
  }),
});
const { sid } = (await made.json()) as { sid: string };
const browser = await chromium.launch({
  executablePath: process.env['TEST_CHROMIUM'] ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
});
const page = await browser.newPage({ viewport: VIEWPORT, deviceScaleFactor: 1.5 });
await page.goto(`${running.origin}/authorize/${sid}?state=42`);
await page.getByLabel('Email', { exact: true }).fill(CUSTOMER_EMAIL);
await page.getByLabel('Password', { exact: true }).fill(worldPassword(running.app));
await page.getByRole('button', { name: 'Log in', exact: true }).click();
await page.getByRole('button', { name: 'Authorize' }).waitFor();
await page.screenshot({ path: FILE, fullPage: true });
await browser.close();
await running.close();
console.log(`${FILE} is taken.`);
