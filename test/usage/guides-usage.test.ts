import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { freePort } from '../support/free-port.ts';
import { at, type Block, blocksOf } from '../support/guide-blocks.ts';
import { assertTrue, readersFolder } from '../support/guide-shell.ts';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.ts';
import { type RunningTieline, startTieline } from '../support/tieline-process.ts';

/** The address of a server in the guides. */
const DOCUMENTED = 'http://localhost:4010';
/** The folder of a reader of the guide: the programs, their packages, and `npx tieline`. */
function folderOf(blocks: readonly Block[]): TemporaryFolder {
  for (const { language, name } of blocks) {
    assert.equal(language === 'js', name !== undefined, `${language} ${name}`);
  }
  return readersFolder(blocks);
}

/** The shell blocks. */
function shellOf(blocks: readonly Block[]): string[] {
  return blocks.filter(({ language }) => language === 'sh').map(({ code }) => code);
}

/** Noon of the day after the start, so that no midnight comes between two blocks. */
const NOON = new Date(new Date().setUTCHours(36, 0, 0, 0)).toISOString();

async function setToNoon(server: RunningTieline): Promise<void> {
  const moved = await server.fetch('/_tieline/clock', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ set: NOON }),
  });
  assert.equal(moved.status, 200, await moved.text());
}

suite('the examples of usage print their stated output', () => {
  test('in docs/guides/usage.md', async () => {
    const blocks = blocksOf('docs/guides/usage.md');
    const [settings, ...shell] = blocks.filter(({ language }) => language === 'sh');
    using folder = folderOf(blocks);
    await using server = await startTieline([], { cwd: folder.path });
    const world =
      /Customer account +(?<CUSTOMER_SID>\w+) +auth token (?<CUSTOMER_TOKEN>\w+)\n *Connect app +(?<APP_SID>\w+)/;
    const env = {
      TIELINE_URL: server.origin,
      DEVELOPER_TOKEN: server.developer.password,
      ...world.exec(server.stdout())?.groups,
    };
    const named = [...(settings?.code ?? '').matchAll(/(\w+)=/g)].map(([, name]) => name);
    assert.deepEqual(new Set(named), new Set(Object.keys(env)));
    await setToNoon(server);
    await assertTrue(shellOf(shell), folder, env);
  });

  test('in docs/guides/clock.md', async () => {
    const port = `${await freePort()}`;
    const origin = `http://localhost:${port}`;
    const blocks = at({ [DOCUMENTED]: origin }, blocksOf('docs/guides/clock.md'));
    using folder = folderOf(blocks);
    await assertTrue(shellOf(blocks), folder, { PORT: port, TIELINE_URL: origin });
  });

  test('in README.md', async () => {
    using home = temporaryFolder();
    await using server = await startTieline(['--data', ':memory:'], { cwd: home.path });
    await setToNoon(server);
    const addresses = { [DOCUMENTED]: server.origin, '3000': `${await freePort()}` };
    const blocks = at(addresses, blocksOf('README.md', 'Usage, and the clock'));
    using folder = folderOf(blocks);
    const { username, password } = server.developer;
    const env = { TWILIO_ACCOUNT_SID: username, TWILIO_AUTH_TOKEN: password };
    await assertTrue(shellOf(blocks), folder, env);
  });
});
