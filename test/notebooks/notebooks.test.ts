import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { cellsOf, readNotebook } from '../../src/notebooks/notebook.ts';
import { Session } from '../../src/notebooks/run/session.ts';
import { onEveryEngine, testApp } from '../support/test-app.ts';
import { aHost } from './notebook-session.ts';

/** The folder of the product's own notebooks, which are documentation that runs. */
const FOLDER = 'docs/notebooks';
const FILES = readdirSync(FOLDER).filter((name) => name.endsWith('.md'));

onEveryEngine('the notebooks of the product', (engine) => {
  test('each run to the end in a developer’s account', async () => {
    assert.ok(FILES.length >= 4);
    await using app = await testApp({ engine });
    const origin = await app.listen();
    for (const file of FILES) {
      const { sid, auth_token } = await app.anAccount();
      const session = new Session(
        aHost({
          answer: async () => sid,
          credentials: async ({ username }) => ({
            username: username ?? sid,
            password: auth_token,
          }),
        }),
        { base_url: origin },
      );
      const cells = cellsOf(readNotebook(readFileSync(`${FOLDER}/${file}`, 'utf8')));
      assert.ok(cells.length > 5, file);
      for (const cell of cells) {
        const { failure } = await session.run(cell);
        assert.equal(failure, null, `${file} $${cell.index}: ${JSON.stringify(failure)}`);
      }
      session.close();
    }
  });
});
