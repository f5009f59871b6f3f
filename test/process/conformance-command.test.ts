import assert from 'node:assert/strict';
import { createServer } from 'node:https';
import { suite, test } from 'node:test';
import { CERTIFICATE, PRIVATE_KEY } from '../support/self-signed.ts';
import { stubReceiver } from '../support/stub-receiver.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { runTieline, startTieline } from '../support/tieline-process.ts';

const SID = `AC${'1'.repeat(32)}`;

void suite('tieline conformance', () => {
  test('finds no difference in Tieline and names the parts that it could not compare', async () => {
    using folder = temporaryFolder();
    await using server = await startTieline(['--data', ':memory:'], { cwd: folder.path });
    const { username, password } = server.developer;
    const env = { TWILIO_ACCOUNT_SID: username, TWILIO_AUTH_TOKEN: password };
    const at = { cwd: folder.path, env };
    const command = ['conformance', '--against', server.origin];
    const found = await runTieline(command, at);
    assert.equal(found.status, 0, found.stdout + found.stderr);
    assert.match(found.stdout, /^No differences: \d+ operations of http:\/\/localhost:\d+ /m);
    assert.match(found.stdout, /^- FetchCall was not compared: the account has none$/m);

    const asJson = await runTieline([...command, '--json'], at);
    const { differences, checked } = JSON.parse(asJson.stdout) as Record<string, string[]>;
    assert.deepEqual(differences, []);
    assert.ok(checked?.includes('FetchConnectApp'));

    const refused = await runTieline(command, {
      cwd: folder.path,
      env: { ...env, TWILIO_AUTH_TOKEN: 'f'.repeat(32) },
    });
    assert.equal(refused.status, 2);
    assert.match(refused.stderr, /refuses these credentials: HTTP 401/);
  });

  test('explains how to trust an unknown certificate', async () => {
    using folder = temporaryFolder();
    const server = createServer({ cert: CERTIFICATE, key: PRIVATE_KEY }, (_, answer) => {
      answer.end('{}');
    });
    await using there = await stubReceiver(server);
    const parameters = ['--against', `https://localhost:${there.port}`, '--account-sid', SID];
    const env = { TWILIO_AUTH_TOKEN: 'x' };
    const said = await runTieline(['conformance', ...parameters], { cwd: folder.path, env });
    assert.equal(said.status, 2);
    assert.match(said.stderr, /could not be reached: \w*CERT\w*\. Name .* in NODE_EXTRA_CA_CERTS/);
  });

  test('names its missing parameters', async () => {
    using folder = temporaryFolder();
    const cases: [string[], Record<string, string>, RegExp][] = [
      [[], {}, /--against/],
      [['--against', 'localhost:1'], {}, /--against must be an http or https URL/],
      ...['http://localhost:4/api', 'http://AC1:t@localhost:4', 'http://localhost:4/?a=b'].map(
        (url): (typeof cases)[0] => [
          ['--against', url],
          {},
          /a server alone, as http:\/\/localhost:4:/,
        ],
      ),
      [['--against', 'http://localhost:4'], {}, /TWILIO_ACCOUNT_SID/],
      [
        ['--against', 'http://localhost:4', '--account-sid', 'AC1'],
        {},
        /"AC1" is not an account SID/,
      ],
      [['--against', 'http://localhost:4', '--account-sid', SID], {}, /TWILIO_AUTH_TOKEN/],
      [
        ['--against', 'http://localhost:4', '--account-sid', SID],
        { TWILIO_API_KEY: 'SK1' },
        /TWILIO_API_SECRET/,
      ],
      [
        ['--against', 'http://localhost:4', '--account-sid', SID],
        { TWILIO_AUTH_TOKEN: 'x' },
        /Nothing listens at http:\/\/localhost:4: .*--against/,
      ],
    ];
    for (const [parameters, env, sentence] of cases) {
      const said = await runTieline(['conformance', ...parameters], { cwd: folder.path, env });
      assert.equal(said.status, 2, said.stderr);
      assert.match(said.stderr, sentence);
    }
  });
});
