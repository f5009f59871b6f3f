import assert from 'node:assert/strict';
import { suite } from 'node:test';
import { inChromium } from '../journeys/real-browser.ts';
import { aDesk, notebookOf, otherComplaints, resultOf } from './notebook-page.ts';

/** Hostile, broken and huge notebooks. The page stays intact. */
suite('the notebook page, against hostile input', () => {
  inChromium('ends a loop by its limit or by Stop, and goes on afterwards', async (browser) => {
    await using desk = await aDesk(browser);
    const { page, press } = desk;
    await desk.open(notebookOf('timeout(300); for (;;);', 'kept = 1', 'for (;;);', 'typeof kept'));
    await press('Run $0');
    assert.equal(await desk.told(), '1 cell ran, and failed.');
    assert.match(
      await desk.cell(0).locator('.failure').innerText(),
      /LimitError:\s+The cell (was stopped because it took too long|did not end within 300 ms)/,
    );
    await press('Run $1');
    await page.getByText('1 cell ran.').waitFor();
    await press('Run all');
    await desk.cell(2).and(page.locator('[data-state="running"]')).waitFor();
    await page.getByText('Running $2, 1 to go').waitFor();
    // The page answers while the cell loops.
    await desk.cell(1).getByRole('button', { name: 'More' }).click();
    await desk.cell(1).getByRole('button', { name: 'Edit' }).waitFor();
    await press('Stop');
    assert.match(await desk.told(), /3 cells ran, 1 failed\. Stopped\. The values of the cells/);
    assert.match(await desk.cell(2).locator('.failure').innerText(), /^Stopped:/);
    assert.match(await desk.cell(1).locator('.state').innerText(), /a sandbox that has ended/);
    assert.equal(await desk.cell(3).getAttribute('data-state'), 'idle');
    await press('Run $3');
    await page.getByText('1 cell ran.').waitFor();
    assert.equal(await resultOf(desk.cell(3)), '$3 = "undefined"');
    assert.deepEqual(browser.complaints, []);
  });

  inChromium('lets the user stop endless questions', async (browser) => {
    await using desk = await aDesk(browser);
    const { page, press } = desk;
    await desk.open(notebookOf('for (;;) prompt("Again?");', '"alive"'));
    await press('Run $0');
    await press('Answer');
    await press('Stop the notebook');
    assert.match(await desk.told(), /^1 cell ran\. Stopped\./);
    assert.equal(await page.getByRole('dialog').count(), 0);
    await press('Run $1');
    await page.getByText('1 cell ran.', { exact: true }).waitFor();
    assert.equal(await resultOf(desk.cell(1)), '$1 = "alive"');
    assert.deepEqual(browser.complaints, []);
  });

  inChromium('keeps code away from the page, the network and other hosts', async (browser) => {
    await using desk = await aDesk(browser);
    const { press } = desk;
    await desk.open(
      notebookOf(
        '[].constructor.constructor("return typeof document + typeof fetch")()',
        'typeof Worker + typeof postMessage + typeof XMLHttpRequest + typeof importScripts',
        'load("https://example.com/x.js")',
        `API.createClient('other', 'https://example.com/api.raml')`,
      ),
    );
    await press('Run all');
    await desk.told();
    assert.equal(await resultOf(desk.cell(0)), '$0 = "undefinedundefined"');
    assert.equal(await resultOf(desk.cell(1)), `$1 = "${'undefined'.repeat(4)}"`);
    for (const index of [2, 3]) {
      const refused = await desk.cell(index).locator('.failure').innerText();
      assert.match(
        refused,
        /NetworkError:\s+This notebook may not send requests to https:\/\/example\.com\./,
      );
    }
    assert.deepEqual(browser.complaints, [], 'nothing got as far as the policy');
  });

  inChromium('asks before a notebook from a file changes anything', async (browser) => {
    await using desk = await aDesk(browser);
    const { press, account, page } = desk;
    const written = (call: string) =>
      notebookOf(
        `API.createClient('client', '/raml/2010-04-01.raml');
mine = client.Accounts.AccountSid('${account.sid}').Usage.Triggers.json`,
        call,
      );
    const values = '{ UsageCategory: "sms", TriggerValue: "9", CallbackUrl: "https://a.example/" }';
    await desk.open(written(`mine.post(${values}).status`));
    await press('Run all');
    await page.getByRole('heading', { name: 'This notebook changes things' }).waitFor();
    // A person may press Enter from habit, because it was right in the dialogs before.
    await page.keyboard.press('Enter');
    assert.match(await desk.told(), /^1 cell ran\. No further cell ran/);
    // The survey cannot see a hidden write. The page stops it when it is sent.
    await press('Open another');
    await desk.open(written(`mine['po' + 'st'](${values}).status`));
    await press('Run all');
    await press('No');
    await desk.told();
    assert.match(await desk.cell(1).locator('.failure').innerText(), /You did not let this/);
    await press('Run $1');
    await press('Allow');
    await desk.giveCredentials();
    await page.getByText('1 cell ran.').waitFor();
    assert.equal(await resultOf(desk.cell(1)), '$1 = 201');
    assert.deepEqual(otherComplaints(browser), []);
  });

  inChromium('shows any text as text', async (browser) => {
    await using desk = await aDesk(browser);
    const { page, press } = desk;
    const hostile = '<img src=x onerror="document.title=1"><script>document.title=2</script>';
    await desk.open(
      `---\ntitle: ${hostile}\n---\n# ${hostile}\n\n[go](javascript:alert(1)) ![pixel](https://a.example/p.gif)\n\n${notebookOf(
        `var o = {}; o[${JSON.stringify(hostile)}] = ${JSON.stringify(hostile)}; console.log(${JSON.stringify(hostile)}); o`,
        `throw new Error(${JSON.stringify(hostile)})`,
      )}`,
      `${'long'.repeat(50)}.md`,
    );
    await press('Run all');
    await desk.told();
    assert.equal(await page.locator('#notebook :is(img, script, iframe)').count(), 0);
    assert.equal(await page.title(), 'Notebook · Tieline');
    const links = await page
      .locator('#notebook .markdown a')
      .evaluateAll((all) => all.map((one) => (one as unknown as { href: string }).href));
    assert.deepEqual(links, ['https://a.example/p.gif'], 'an image is a link to it');
    assert.equal(
      await page.locator('#notebook .value.string').innerText(),
      JSON.stringify(hostile),
    );
    assert.deepEqual(browser.complaints, []);
  });

  inChromium('explains what is wrong with a file, and keeps the open notebook', async (browser) => {
    await using desk = await aDesk(browser);
    const { page, press } = desk;
    const choose = (name: string, buffer: Buffer) =>
      page
        .getByLabel('Open a notebook file')
        .setInputFiles({ name, mimeType: 'text/markdown', buffer });
    const refused = page.locator('#notebook [role=alert]');
    await choose('a.md', Buffer.from([0xff, 0xfe, 0x00, 0x41]));
    await refused.getByText('a.md is not UTF-8 text').waitFor();
    await choose('b.md', Buffer.from('a\0b'));
    await refused.getByText('contains a NUL').waitFor();
    await choose('c.md', Buffer.alloc(5 * 1024 * 1024, 'x'));
    await refused.getByText('at most 4194304 are read').waitFor();
    await desk.open('Text.\n\n```javascript\n1 + 1\n');
    await press('Run all');
    assert.match(await desk.told(), /failed/);
    assert.match(
      await desk.cell(0).locator('.failure').innerText(),
      /the fence of line 3 is never/,
    );
    await press('Open another');
    await desk.open('');
    await page.getByText('This notebook is empty.').waitFor();
    await press('Run all');
    assert.match(await desk.told(), /^The notebook has no code cell to run/);
    await press('Add code');
    await page.keyboard.type('6 * 7');
    await page.keyboard.press('Control+Enter');
    await desk.told();
    assert.equal(await resultOf(desk.cell(0)), '$0 = 42');
    assert.deepEqual(browser.complaints, []);
  });

  inChromium('explains why no cell can run without shared memory', async (browser) => {
    await using desk = await aDesk(browser);
    const { page, press } = desk;
    await page.addInitScript(
      `globalThis.SharedArrayBuffer = class extends SharedArrayBuffer {
        constructor() { throw new RangeError('none is left'); }
      };`,
    );
    await page.reload();
    await desk.open(notebookOf('1', '2'));
    await press('Run all');
    assert.match(await desk.told(), /^1 cell ran\. The sandbox was ended at \$0\./);
    const failure = await desk.cell(0).locator('.failure').innerText();
    assert.match(failure, /no sandbox to run this in: none is left/);
    await page.addInitScript('delete globalThis.SharedArrayBuffer');
    await page.reload();
    const told = page.locator('#notebook [role=alert]');
    assert.match(await told.innerText(), /cannot run in this browser: it has no growing memory/);
    assert.deepEqual(browser.complaints, []);
  });

  inChromium('opens ten thousand cells, and runs the last of them', async (browser) => {
    await using desk = await aDesk(browser);
    const { page } = desk;
    const cells = Array.from({ length: 10_000 }, (_, at) => `${at} + 1`);
    await desk.open(notebookOf(...cells));
    const editors = page.locator('.cm-editor');
    const whole = page.locator('.cell.code > header');
    assert.equal(await editors.count(), 0);
    assert.ok((await whole.count()) < 100, 'only what is near is made whole');
    const last = desk.cell(9_999);
    await last.scrollIntoViewIfNeeded();
    await last.getByRole('button', { name: 'Run' }).click();
    assert.equal(await desk.told(), '1 cell ran.');
    assert.equal(await resultOf(last), '$9999 = 10000');
    await last.locator('pre.static').click();
    await page.keyboard.press('Control+End');
    await page.keyboard.type(' + 1');
    await page.keyboard.press('Control+Enter');
    await last.getByText('10001').waitFor();
    assert.ok((await whole.count()) < 400);
    assert.deepEqual(browser.complaints, []);
  });
});
