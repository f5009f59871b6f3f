import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { hash } from 'node:crypto';
import { once } from 'node:events';
import { suite, test } from 'node:test';
import { COMPILE_CACHE, PROGRAM } from '../support/program/program.ts';
import { httpReceiver } from '../support/stub-receiver.ts';
import { assertEnded, notebookFolder } from './notebook-command.ts';

/** The longest wait for output of a process. After it, the test fails. */
const PATIENCE_MS = 20_000;

/** A foreign server that counts its requests. */
async function stranger() {
  const visits: string[] = [];
  const receiver = await httpReceiver((request, response) => {
    visits.push(`${request.method} ${request.url} ${request.headers.authorization ?? 'nobody'}`);
    response.writeHead(401, { 'www-authenticate': 'Basic realm="mine"' }).end('came = true');
  });
  return { receiver, visits, origin: `http://127.0.0.1:${receiver.port}` };
}

/** A run in progress, and its output so far. */
function startRun(cwd: string, parameters: readonly string[]) {
  const child = spawn(process.execPath, [PROGRAM, 'notebook', 'run', ...parameters], {
    cwd,
    env: { HOME: cwd, PATH: process.env['PATH'] ?? '', ...COMPILE_CACHE },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const ended = once(child, 'close');
  return {
    said: () => said,
    signal: (name: NodeJS.Signals) => void child.kill(name),
    ended: async () => (await ended)[0] as number | null,
    async until(pattern: RegExp): Promise<void> {
      const signal = AbortSignal.timeout(PATIENCE_MS);
      while (!pattern.test(said)) {
        await Promise.race([once(child.stdout, 'data', { signal }), ended]);
        if (child.exitCode !== null && !pattern.test(said)) assert.fail(`It ended:\n${said}`);
      }
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

suite('requests of a notebook from the command line', () => {
  test('go to the base URL, and without credentials to allowed origins', async () => {
    using folder = notebookFolder();
    const own = await stranger();
    const other = await stranger();
    await using _one = own.receiver;
    await using _two = other.receiver;
    folder.notebook('go.md', `load('${other.origin}/x.js')`);
    const env = { TWILIO_ACCOUNT_SID: 'AC1', TWILIO_AUTH_TOKEN: 'a-token-of-mine' };
    const at = ['go.md', '--base-url', own.origin];
    const refused = await folder.run(at, env);
    assertEnded(refused, 3);
    assert.match(
      refused.stdout,
      new RegExp(`may not send requests to ${other.origin}\\. .*--allow-origin`),
    );
    assertEnded(await folder.run([...at, '--offline'], env), 3);
    assert.deepEqual(other.visits, []);
    await folder.run([...at, '--allow-origin', other.origin], env);
    assert.deepEqual(other.visits, ['GET /x.js nobody']);
    assert.deepEqual(own.visits, []);
  });

  test('go to the base URL in place of a mapped address', async () => {
    using folder = notebookFolder();
    folder.write(
      'old.raml',
      '#%RAML 0.8\nversion: 2010-04-01\nbaseUri: https://api.twilio.com/{version}\n' +
        '/Accounts:\n  /{AccountSid}{mediaTypeExtension}:\n' +
        '    uriParameters: { mediaTypeExtension: { enum: [ .json ] } }\n    get:\n',
    );
    folder.notebook(
      'old.md',
      "API.createClient('old', 'https://old.example/api.raml')\nsid = prompt('Account SID')",
      'old.Accounts.AccountSid(sid).json.get().status',
      "API.createClient('new', 'https://proxy.example/to/it/raml/2010-04-01.raml')",
      "old('/').get(null, { baseUri: 'https://api.twilio.com.evil.example' })",
    );
    const maps = [
      'https://api.twilio.com',
      'https://proxy.example/to/it/',
      'https://old.example/api.raml=old.raml',
    ];
    const flags = maps.flatMap((one) => ['--map', one]);
    const run = await folder.run(['old.md', '--serve', '--offline', ...flags]);
    assertEnded(run, 3);
    assert.match(run.stdout, /^ok \$1 200 GET \/2010-04-01\/Accounts\/AC\w+\.json .*2 requests/m);
    assert.match(run.stdout, /^ok \$2 200 GET \/raml\/2010-04-01\.raml /m);
    assert.match(
      run.stdout,
      /^not ok \$3 [^]*requests to https:\/\/\S+evil\.example\. .*--map https:/m,
    );
  });

  test('are not sent for an address that a file replaces, and the output has the file’s sum', async () => {
    using folder = notebookFolder();
    const other = await stranger();
    await using _receiver = other.receiver;
    folder.write('x=1.js', 'loaded = 42');
    folder.write(
      'api.raml',
      '#%RAML 0.8\ntitle: Mine\nbaseUri: http://localhost:4010/\n/Things:\n  get:\n',
    );
    folder.notebook(
      'mapped.md',
      `load('${other.origin}/x.js?a=b')`,
      'loaded',
      "API.createClient('client', 'https://example.com/api.raml'); typeof client.Things.get",
      "load('https://cdnjs.cloudflare.com/ajax/libs/chai/4.2.0/chai.min.js')",
    );
    const maps = [`${other.origin}/x.js?a=b=x=1.js`, 'https://example.com/api.raml=api.raml'];
    const run = await folder.run([
      'mapped.md',
      '--offline',
      ...maps.flatMap((one) => ['--map', one]),
    ]);
    assertEnded(run, 0);
    assert.match(run.stdout, /^ok \$1 42$/m);
    assert.match(run.stdout, /^ok \$2 "function"$/m);
    const sum = hash('sha256', 'loaded = 42');
    assert.ok(run.stdout.includes(`    note: ${other.origin}/x.js?a=b is x=1.js (sha256 ${sum}).`));
    assert.match(run.stdout, /note: Tieline brings chai 1\.9\.0, .* in place of chai 4\.2\.0/);
    assert.deepEqual(other.visits, []);
  });

  test('go to this server for the description of the API, by any of its addresses', async () => {
    using folder = notebookFolder();
    const path =
      '/apiplatform/repository/public/organizations/30/apis/8031/versions/8196/definition';
    const addresses = [path, `https://anypoint.mulesoft.com${path}`, '#REF_TAG_DEFENITION'];
    const cells = addresses.map(
      (address) => `API.createClient('client', '${address}'); typeof client.Accounts.AccountSid`,
    );
    folder.notebook('past.md', ...cells);
    const run = await folder.run(['past.md', '--serve', '--offline']);
    assertEnded(run, 0);
    const asked = [...run.stdout.matchAll(/^ok \$\d 200 GET (\S+) /gm)].map(([, at]) => at);
    assert.deepEqual(asked, [path, path, '/raml/2010-04-01.raml']);
  });

  test('to an unreachable server fail with advice', async () => {
    using folder = notebookFolder();
    const { receiver, origin } = await stranger();
    await receiver[Symbol.asyncDispose]();
    folder.notebook('go.md', "API.createClient('client', '/raml/2010-04-01.raml')");
    const run = await folder.run(['go.md', '--base-url', origin]);
    assertEnded(run, 3);
    assert.match(
      run.stdout,
      /Nothing listens at http:.*: start it there, or name another .*--base-url/,
    );
  });
});

suite('a long run', () => {
  test('with --watch repeats when the file changes, until Ctrl-C', async () => {
    using folder = notebookFolder();
    folder.notebook('draft.md', "'first'");
    await using run = startRun(folder.path, ['draft.md', '--watch']);
    await run.until(/ok \$0 "first"\n[^]*Waiting for a change/);
    folder.write('draft.md', '```javascript\n1\n');
    await run.until(/draft\.md has changed[^]*draft\.md:1: .*never closed[^]*Waiting/);
    folder.notebook('draft.md', "'second'");
    await run.until(/ok \$0 "second"\n[^]*Waiting/);
    run.signal('SIGINT');
    assert.equal(await run.ended(), 130);
  });

  test('ends with Ctrl-C in the middle of a cell, and still writes its reports', async () => {
    using folder = notebookFolder();
    folder.notebook('long.md', "'quick'", 'for (;;) {}', "'never'");
    await using run = startRun(folder.path, ['long.md', '--report', 'json=report.json']);
    await run.until(/ok \$0 "quick"/);
    run.signal('SIGINT');
    assert.equal(await run.ended(), 130);
    const { exit_code, notebooks } = JSON.parse(folder.read('report.json'));
    assert.equal(exit_code, 130);
    const states = notebooks[0].cells.map(({ state }: { state: string }) => state);
    assert.equal(states[0], 'ok');
    assert.equal(states[2], 'skipped');
  });

  test('ends with Ctrl-C while its sandbox begins', async () => {
    using folder = notebookFolder();
    folder.notebook('long.md', 'for (;;) {}', '1');
    await using run = startRun(folder.path, ['long.md']);
    await run.until(/^long\.md\n/);
    run.signal('SIGTERM');
    assert.equal(await run.ended(), 130);
    assert.match(run.said(), /^skipped \$1 The run was interrupted\.$/m);
  });
});
