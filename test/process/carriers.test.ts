import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../support/free-port.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { makeData, runTieline, startTieline } from '../support/tieline-process.ts';
import { webhookReceiver } from '../support/webhook-receiver.ts';
import { assertRefused } from './refused.ts';

const FILE = 'carriers.yaml';
const FLAG = ['--carriers', FILE];

suite('the carriers of a file', { concurrency: 3 }, () => {
  test('are listed, chosen and tested by the command line', async () => {
    using folder = temporaryFolder();
    const at = { cwd: folder.path, env: { TIELINE_CARRIERS: FILE } };
    writeFileSync(
      folder.at(FILE),
      'carriers: { practice: { kind: simulated } }\n' +
        'routes: { messages: [{ to: "+49", by: practice }] }\n',
    );
    const run = async (...parameters: string[]) => {
      const { status, stdout, stderr } = await runTieline(['carriers', ...parameters], at);
      assert.deepEqual([status, stderr], [0, '']);
      return stdout;
    };
    assert.match(await run('list'), /^practice +simulated +calls messages +0 +1$/m);
    const asked = await run('list', '--check');
    assert.match(asked, /^practice +simulated .* up +it is simulated, and nothing leaves/m);
    const chosen = await run('route', '--to', '+4930123', '--production');
    assert.match(chosen, /^calls +none +no route fits, and there is no default in production$/m);
    assert.match(chosen, /^messages +practice +routes\.messages\[0\] \(to \+49\)$/m);
    assert.match(await run('test', 'practice'), /^practice answers: it is simulated/);
    const unknown = await runTieline(['carriers', 'test', 'mno'], at);
    assertRefused(unknown, /There is no carrier mno; the file has simulated, practice\./);
  });

  test('are asked whether they are there, each for itself', async () => {
    using folder = temporaryFolder();
    await using there = await webhookReceiver(() => ({ status: 204, body: '' }));
    const gone = `http://127.0.0.1:${await freePort()}`;
    const far = (origin: string) =>
      `{ kind: http, url: "${origin}/in", secret: env:SECRET, events_token: env:TOKEN }`;
    writeFileSync(
      folder.at(FILE),
      `carriers:\n  there: ${far(there.origin)}\n  gone: ${far(gone)}\n`,
    );
    const env = { SECRET: 'a-secret-of-a-test', TOKEN: 'a-token-of-a-test-of-carriers' };
    const at = { cwd: folder.path, env };
    const { status, stdout, stderr } = await runTieline(
      ['carriers', 'list', '--check', '--json', ...FLAG],
      at,
    );
    assert.deepEqual([status, stderr], [0, '']);
    const rows = JSON.parse(stdout) as { name: string; health: string; detail: string }[];
    assert.deepEqual(
      rows.map(({ name, health }) => [name, health]),
      [
        ['simulated', 'up'],
        ['there', 'up'],
        ['gone', 'down'],
      ],
    );
    assert.match(rows[2]?.detail ?? '', /ECONNREFUSED/);
    const without = await runTieline(['carriers', 'list', '--json', ...FLAG], at);
    assert.doesNotMatch(without.stdout, /health/);
  });

  test('keep a server from starting when they cannot be used', async () => {
    using folder = temporaryFolder();
    const at = { cwd: folder.path };
    writeFileSync(folder.at(FILE), 'carriers: { mno: { kind: smoke } }\n');
    const start = ['serve', '--port', '0', '--data', ':memory:', ...FLAG];
    for (const command of [start, ['carriers', 'list', ...FLAG]]) {
      const { status, stderr } = await runTieline(command, at);
      assert.equal(status, 2);
      assert.match(
        stderr,
        /carriers\.yaml cannot be used:\n {2}carriers\.mno\.kind must be one of/,
      );
    }
  });

  test('are read again on SIGHUP, while the server goes on', async () => {
    using folder = temporaryFolder();
    const at = { cwd: folder.path };
    await makeData(at);
    writeFileSync(folder.at(FILE), '');
    await using server = await startTieline(FLAG, at);
    writeFileSync(folder.at(FILE), 'routes: { default: { messages: simulated } }\n');
    server.signal('SIGHUP');
    const because = async () => {
      const reply = await server.fetch('/_tieline/route?to=%2B4930123');
      const { targets } = (await reply.json()) as { targets: { because: string }[] };
      return targets[1]?.because;
    };
    const wanted = 'routes.default, because no route fits';
    while ((await because()) !== wanted) await sleep(20);
    const { status } = await server.end('SIGTERM');
    assert.equal(status, 0);
  });

  test('have targets whose policy is exported beside a running server', async () => {
    using folder = temporaryFolder();
    const at = { cwd: folder.path };
    await using server = await startTieline(['--data', 'data'], at);
    const listed = await server.fetch('/_tieline/accounts');
    const { accounts } = (await listed.json()) as {
      accounts: { sid: string; auth_token: string }[];
    };
    const { sid = '', auth_token } = accounts[0] ?? {};
    const authorization = `Basic ${Buffer.from(`${sid}:${auth_token}`).toString('base64')}`;
    const make = async (path: string, form: Record<string, string>) => {
      const body = new URLSearchParams(form);
      const reply = await server.fetch(path, { method: 'POST', headers: { authorization }, body });
      return ((await reply.json()) as { sid: string }).sid;
    };
    const policy = await make('/v1/ConnectionPolicies', {});
    await make(`/v1/ConnectionPolicies/${policy}/Targets`, { Target: 'sip:203.0.113.20' });
    const run = (...words: string[]) =>
      runTieline(['carriers', 'export', ...words, '--data', 'data'], at);
    const { status, stdout } = await run(policy, '--format', 'kamailio');
    assert.deepEqual([status, stdout.split('\n')[2]], [0, '1 sip:203.0.113.20 0 0 rweight=10']);
    const format = await run(policy, '--format', 'asterisk');
    assertRefused(format, /--format must be one of kamailio, opensips, jambonz\./);
    const nobodys = `NY${'0'.repeat(32)}`;
    const missing = await run(nobodys, '--format', 'jambonz');
    assertRefused(missing, /There is no connection policy NY0+; look at its SID\./);
  });
});
