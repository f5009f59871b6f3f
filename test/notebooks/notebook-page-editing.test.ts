import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { suite } from 'node:test';
import { inChromium } from '../journeys/real-browser.ts';
import { aDesk, notebookOf, resultOf } from './notebook-page.ts';

const FAULTS = readFileSync(new URL('../support/page-faults.js', import.meta.url), 'utf8');

suite('editing a notebook in the console', () => {
  inChromium('downloads an unedited file byte for byte', async (browser) => {
    await using desk = await aDesk(browser);
    const { press } = desk;
    const plain = `---\ntitle: One\n---\n\n\n${notebookOf('1', '  2  ', '')}\n\n\`\`\`js\nno cell\n\`\`\`\n`;
    const files = [
      plain,
      plain.replaceAll('\n', '\r\n'),
      `\uFEFF${plain.replaceAll('Text.', 'Größe, 😀')}`,
      plain.trimEnd(),
    ];
    for (const file of files) {
      await desk.open(file, 'It is Mine.md');
      const { name, bytes } = await desk.download();
      assert.equal(name, 'It is Mine.md');
      assert.deepEqual(bytes, Buffer.from(file));
      await press('Open another');
    }
    const crlf = files[1] ?? '';
    await desk.open(crlf);
    await desk.cell(1).locator('pre.static').click();
    await desk.page.keyboard.press('Control+a');
    await desk.page.keyboard.type('two\nlines');
    const { bytes } = await desk.download();
    assert.deepEqual(String(bytes), crlf.replace('  2  ', 'two\r\nlines'));
    assert.deepEqual(browser.complaints, []);
  });

  inChromium('adds, changes and removes cells and text', async (browser) => {
    await using desk = await aDesk(browser);
    const { page, press } = desk;
    await desk.open(notebookOf('1', '2'));
    const more = (index: number) => desk.cell(index).getByRole('button', { name: 'More' }).click();
    await more(0);
    await press('Run up to here');
    assert.equal(await desk.told(), '1 cell ran.');
    assert.equal(await desk.cell(1).locator('.state').innerText(), 'Not run');
    await press('Run all');
    await page.getByText('2 cells ran, none failed.').waitFor();
    await more(0);
    await press('Add code below');
    await page.keyboard.type('"between"');
    await page.keyboard.press('Control+Enter');
    await page.getByText('1 cell ran.').waitFor();
    assert.equal(await resultOf(desk.cell(1)), '$1 = "between"');
    assert.equal(await desk.cell(2).locator('.result').count(), 1, 'the others keep theirs');
    await more(2);
    await press('Add text below');
    await page.keyboard.press('Control+a');
    await page.keyboard.type('At **last**.');
    await press('Done');
    assert.equal(await page.locator('.markdown strong').innerText(), 'last');
    await more(0);
    await press('Delete');
    assert.equal(await page.locator('.cell.code').count(), 2);
    await desk.cell(1).locator('pre.static').click();
    await page.keyboard.type('3 + ');
    await desk.cell(0).getByRole('button', { name: 'More' }).focus();
    await desk.cell(1).getByText('Changed since it ran').waitFor();
    const { bytes } = await desk.download();
    const code = '```javascript\n';
    const expected = `Text.\n${code}"between"\n\`\`\`\nText.\n${code}3 + 2\n\`\`\`\nAt **last**.\n`;
    assert.equal(String(bytes).replaceAll(/\n+/g, '\n'), expected, 'but for blank lines');
    assert.deepEqual(browser.complaints, []);
  });

  inChromium('does not lose edits without asking', async (browser) => {
    await using desk = await aDesk(browser);
    const { page, press } = desk;
    await desk.open(notebookOf('1'));
    await desk.cell(0).locator('pre.static').click();
    await page.keyboard.type('2');
    await press('Open another');
    await page.getByRole('heading', { name: 'Leave this notebook?' }).waitFor();
    await press('Stay');
    await page.getByText('edited and not downloaded').waitFor();
    await Promise.all([
      page.waitForEvent('dialog'),
      page.evaluate(`location.assign('${desk.origin}/console')`),
    ]);
    assert.match(browser.complaints.join(), /^a dialog/, 'the browser asks whether to leave');
    browser.complaints.length = 0;
    await desk.download();
    await press('Open another');
    await page.getByLabel('Open a notebook file').waitFor();
    assert.deepEqual(browser.complaints, []);
  });

  inChromium('works by keyboard alone, without faults on any screen', async (browser) => {
    await using desk = await aDesk(browser);
    const { page } = desk;
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await desk.open(
      notebookOf(
        '({ list: [1, 2, { deep: true }], ["k".repeat(300)]: 1 })',
        'null.foo',
        'console.log("said"); 3',
      ),
    );
    const focus = page.locator(':focus');
    assert.equal(await focus.innerText(), 'notebook.md', 'the notebook is what was opened');
    const tabTo = async (name: RegExp) => {
      for (let tabs = 0; tabs < 40; tabs += 1) {
        await page.keyboard.press('Tab');
        const label = await focus.evaluate(
          (one: { ariaLabel: string | null; textContent: string }) =>
            one.ariaLabel ?? one.textContent,
        );
        if (name.test(label)) return;
      }
      assert.fail(`the keyboard does not get to ${name}`);
    };
    await tabTo(/^Run all$/);
    await page.keyboard.press('Enter');
    assert.equal(await desk.told(), '3 cells ran, 1 failed.');
    await tabTo(/^Code of \$0/);
    await page.keyboard.press('Enter');
    await page.keyboard.press('Control+End');
    await page.keyboard.type(' // seen');
    await page.keyboard.press('Control+Enter');
    await page.getByText('1 cell ran.').waitFor();
    await tabTo(/^list: /);
    await page.keyboard.press('Enter');
    await desk.cell(0).locator('.key', { hasText: '2: ' }).waitFor();
    await tabTo(/^2: /);
    await page.keyboard.press('Space');
    await desk.cell(0).locator('.key', { hasText: 'deep: ' }).waitFor();
    await tabTo(/^\$1 failed: TypeError/);
    await page.keyboard.press('Enter');
    await tabTo(/^Run \$2$/);
    await tabTo(/^More$/);
    await page.keyboard.press('Enter');
    await tabTo(/^Run up to here$/);
    await page.keyboard.press('Enter');
    assert.equal(await focus.innerText(), 'More', 'the keyboard is where it was');
    await desk.told();
    for (const [colorScheme, width] of [
      ['light', 1440],
      ['dark', 320],
    ] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.setViewportSize({ width, height: 800 });
      assert.deepEqual(await page.evaluate<string[]>(FAULTS), [], `${colorScheme}, ${width}`);
    }
    assert.deepEqual(browser.complaints, []);
  });
});
