import assert from 'node:assert/strict';
import { suite } from 'node:test';
import { inChromium } from '../journeys/real-browser.ts';
import { aDesk, notebookOf, resultOf } from './notebook-page.ts';

suite('writing code in the console', () => {
  inChromium('offers the members of the API before any cell ran', async (browser) => {
    await using desk = await aDesk(browser);
    const { page } = desk;
    await desk.open(
      notebookOf("API.createClient('shop', '/raml/2010-04-01.raml')", '"a result"', ''),
    );
    await desk.cell(2).locator('pre.static').click();
    const offers = page.getByRole('listbox', { name: 'Completions' }).getByRole('option');
    const offered = async (some: RegExp) => {
      await offers.filter({ hasText: some }).first().waitFor();
      return (await offers.allInnerTexts()).map((one) => one.replace(/\s+/g, ' '));
    };
    const choose = async (name: RegExp) => {
      await offers.filter({ hasText: name }).first().click();
    };
    await page.keyboard.type('// shop.\nshop.Acc');
    await offered(/^Accounts/);
    assert.ok((await offers.first().innerText()).includes('The accounts that the credentials own'));
    await choose(/^Accounts/);
    await page.keyboard.type('.');
    await choose(/^AccountSid/);
    await page.keyboard.type('("AC) ").Usage.Triggers.json.');
    const verbs = await offered(/^post/);
    assert.equal(verbs.length, 2);
    assert.match(verbs.join('; '), /^get.*triggers.*; post.*trigger/i);
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+a');
    await page.keyboard.type('$');
    const globals = await offered(/^\$1/);
    assert.deepEqual(
      globals.map((one) => one.slice(0, 2)),
      ['$_', '$0', '$1', '$2'],
    );
    await page.keyboard.type('1');
    await choose(/^\$1/);
    await page.keyboard.press('Shift+Enter');
    await desk.told();
    assert.equal(await resultOf(desk.cell(2)), '$2 = undefined', '$1 did not run');
    assert.deepEqual(browser.complaints, []);
  });
});
