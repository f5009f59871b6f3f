import assert from 'node:assert/strict';
import { suite } from 'node:test';
import { inChromium } from '../journeys/real-browser.ts';
import { aDesk, notebookOf, resultOf } from './notebook-page.ts';

suite('rearranging a notebook in the console', () => {
  inChromium('moves cells and their outcomes by keyboard, there and back', async (browser) => {
    await using desk = await aDesk(browser);
    const { page, press } = desk;
    const file = `First.\r\n\r\n\r\n${notebookOf('"one"', '"two"').replaceAll('\n', '\r\n')}`;
    await desk.open(file.trimEnd());
    await press('Run all');
    await desk.told();
    await desk.cell(1).getByRole('button', { name: 'More' }).click();
    const button = (name: string) => page.getByRole('button', { name, exact: true });
    await button('Move up').focus();
    const focus = page.locator(':focus');
    for (const moved of [/First[^]*one[^]*two/, /First[^]*two[^]*one/, /two[^]*First[^]*one/]) {
      await page.keyboard.press('Enter');
      assert.equal(await page.locator('.told').innerText(), 'The part moved up.');
      assert.equal(await focus.innerText(), 'Move up', 'it can be pressed again');
      assert.match(await page.locator('.parts').innerText(), moved);
    }
    assert.equal(await desk.cell(0).locator('.state').innerText(), 'Ran as $1');
    assert.equal(await resultOf(desk.cell(0)), '$1 = "two"');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Enter');
    assert.equal(await page.locator('.told').innerText(), 'This part is already the first.');
    const moved = String((await desk.download()).bytes);
    assert.ok(moved.startsWith('```javascript\r\n"two"\r\n```\r\n\r\nFirst.'), moved);
    await button('Move down').focus();
    for (let times = 0; times < 4; times += 1) await page.keyboard.press('Enter');
    assert.match(await desk.cell(1).locator('.state').innerText(), /^Ran in/);
    assert.equal(String((await desk.download()).bytes), file.trimEnd());
    assert.deepEqual(browser.complaints, []);
  });

  inChromium('changes the title, and turns text into code', async (browser) => {
    await using desk = await aDesk(browser);
    const { page, press } = desk;
    await desk.open(notebookOf('1'));
    await press('Change the title');
    await page.getByRole('dialog').getByLabel('Title', { exact: true }).fill('one: two');
    await press('Change it');
    assert.match(await desk.told(), /^A title is one line/);
    await press('Change the title');
    await page.getByRole('dialog').getByLabel('Title', { exact: true }).fill('A new title');
    await press('Change it');
    await page.getByRole('heading', { name: 'A new title' }).waitFor();
    await page.locator('.cell.prose').hover();
    await press('Edit this text');
    await page
      .getByLabel('Text, in Markdown')
      .fill('Before.\n\n```javascript\n20 + 1\n```\n\nAfter.');
    await press('Done');
    await page.getByText('After.').waitFor();
    await press('Run $0');
    await desk.told();
    assert.equal(await resultOf(desk.cell(0)), '$0 = 21');
    const { bytes } = await desk.download();
    const text =
      '---\ntitle: A new title\n---\n\nBefore.\n\n```javascript\n20 + 1\n```\n\nAfter.\n';
    assert.equal(String(bytes), `${text}\n\`\`\`javascript\n1\n\`\`\`\n`);
    assert.deepEqual(browser.complaints, []);
  });
});
