import { chromium, type Page } from 'playwright-core';
import sharp from 'sharp';
import { readConfig } from '../src/config.ts';
import { worldPassword } from '../src/control/first-world.ts';
import { CUSTOMER_EMAIL } from '../src/control/world-names.ts';
import { openLog } from '../src/kit/log.ts';
import { start } from '../src/main.ts';

/**
 * Takes the moving picture of the loop that the README shows: `node scripts/take-loop.ts`. It needs
 * a Chromium at /usr/bin/chromium or at the path in TEST_CHROMIUM.
 */
const FILE = 'docs/images/loop.gif';
const VIEWPORT = { width: 1_080, height: 860 };
const WIDTH = 840;
const FRAME_MS = 2_600;
const COLOURS = 96;

const CAPTION =
  'position: fixed; inset: auto 0 0 0; padding: 14px 24px; background: #0b2239; color: #fff; ' +
  'font: 600 24px system-ui, sans-serif; z-index: 9999; display: block';

const frames: Buffer[] = [];

/** Takes a frame with a caption below the page. */
async function take(page: Page, caption: string, seen: RegExp): Promise<void> {
  await page.getByText(seen).first().waitFor();
  await page.addStyleTag({ content: `body::after { content: '${caption}'; ${CAPTION} }` });
  frames.push(
    await sharp(await page.screenshot())
      .resize({ width: WIDTH })
      .png()
      .toBuffer(),
  );
}

const config = readConfig({ port: '0', data: ':memory:' }, {});
const running = await start(config, { log: openLog('warn') });
const { origin, app } = running;
const browser = await chromium.launch({
  executablePath: process.env['TEST_CHROMIUM'] ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
});
// The pages forbid styles of others, and the caption is one.
const context = await browser.newContext({ viewport: VIEWPORT, bypassCSP: true });
const page = await context.newPage();
const press = (name: string) => page.getByRole('button', { name, exact: true }).click();

await page.goto(`${origin}/demo`);
await page.getByLabel('User name').fill('Ada');
await press('Log in');
await take(page, '1  A customer clicks the Connect button of an app', /Connect your account/);
await page.locator('a[href*="/authorize/"]').first().click();
await page.getByLabel('Email', { exact: true }).fill(CUSTOMER_EMAIL);
await page.getByLabel('Password', { exact: true }).fill(worldPassword(app));
await press('Log in');
await take(page, '2  …reads what the app may do, and authorizes it', /Authorize Tieline Demo/);
await press('Authorize');
await page.getByLabel('Name').fill('Calls at night');
await press('Make a connection policy');
await take(page, '3  The app acts in the account of the customer', /Calls at night/);
await page.goto(`${origin}/console`);
await page.getByRole('link', { name: 'Authorized Apps' }).first().click();
await take(page, '4  The customer sees the app, and revokes it at any time', /Tieline Demo/);
await page
  .getByRole('link', { name: 'Revoke' })
  .or(page.getByRole('button', { name: 'Revoke' }))
  .click();
await press('Revoke');
await app.database.idle();
await page.goto(`${origin}/demo`);
await take(page, '5  A signed webhook tells the app that it is over', /Tieline Demo/);
await browser.close();
await running.close();

await sharp(frames, { join: { animated: true } })
  .gif({ delay: frames.map(() => FRAME_MS), loop: 0, colours: COLOURS, effort: 10 })
  .toFile(FILE);
console.log(`${FILE} has ${frames.length} frames.`);
