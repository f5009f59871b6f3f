import { suite, test } from 'node:test';
import { freePort } from '../support/free-port.ts';
import { at, blocksOf } from '../support/guide-blocks.ts';
import { assertTrue, readersFolder } from '../support/guide-shell.ts';

suite('the samples in the guide of notebooks work', () => {
  test('in docs/guides/notebooks.md', async () => {
    const port = `${await freePort()}`;
    const address = { 'localhost:4010': `localhost:${port}` };
    const blocks = at(address, blocksOf('docs/guides/notebooks.md'));
    using folder = readersFolder(blocks);
    const shell = blocks.filter(({ language }) => language === 'sh');
    const env = { PORT: port };
    await assertTrue(
      shell.map(({ code }) => code),
      folder,
      env,
    );
  });
});
