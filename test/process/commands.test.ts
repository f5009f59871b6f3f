import assert from 'node:assert/strict';
import { delimiter } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { openDesk } from '../support/program/command-desk.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { basic, type Login } from '../support/test-app.ts';
import {
  makeData,
  type RunningTieline,
  runTieline,
  type Surroundings,
  startTieline,
} from '../support/tieline-process.ts';

const key = (byte: number) => Buffer.alloc(32, byte).toString('base64');

/** Runs a command that must succeed, and gives what it printed. */
async function printed(at: Surroundings, ...parameters: string[]): Promise<string> {
  const { status, stdout, stderr } = await runTieline(parameters, at);
  assert.equal(stderr, '');
  assert.equal(status, 0);
  return stdout;
}

async function createAccount(at: Surroundings, ...more: string[]): Promise<Login> {
  await makeData(at);
  const text = await printed(at, 'accounts', 'create', '--friendly-name', 'A customer', ...more);
  const [, username = '', password = ''] =
    /^Account SID +(AC\w{32})\nAuth token +(\w{32})\nTest account SID +AC\w{32}\nTest auth token +\w{32}\n$/.exec(
      text,
    ) ?? [];
  return { username, password };
}

async function statusOf(server: RunningTieline, login: Login, sid = login.username) {
  const headers = { authorization: basic(login) };
  return (await server.fetch(`/2010-04-01/Accounts/${sid}.json`, { headers })).status;
}

suite('commands', { concurrency: 4 }, () => {
  test('make, list and change accounts, main and sub', async () => {
    using folder = temporaryFolder();
    const at = { cwd: folder.path };
    const { username: sid, password } = await createAccount(at, '--type', 'Trial');
    assert.match(password, /^\w{32}$/);
    const listed: unknown = JSON.parse(await printed(at, 'accounts', 'list', '--json'));
    const expected = { sid, owner_account_sid: sid, type: 'Trial', status: 'active' };
    assert.deepEqual(listed, [{ ...expected, friendly_name: 'A customer' }]);
    const changes = {
      upgrade: 'Full +active',
      suspend: 'Full +suspended',
      reactivate: 'Full +active',
      close: 'Full +closed',
    };
    for (const [change, columns] of Object.entries(changes)) {
      const table = await printed(at, 'accounts', change, sid);
      assert.match(table, new RegExp(`^sid .*\n${sid} +${sid} +${columns} +A customer\n$`));
    }
    assert.match(await printed(at, 'accounts', 'list'), / closed /);
    const { stderr, status } = await runTieline(['accounts', 'reactivate', sid], at);
    assert.match(stderr, /^tieline: [^\n]*closed account cannot be changed[^\n]*\n$/);
    assert.equal(status, 2);
  });

  test('make changes that hold at the next start', async () => {
    using folder = temporaryFolder();
    const at = { cwd: folder.path };
    const open = await createAccount(at);
    const suspended = await createAccount(at);
    await printed(at, 'accounts', 'suspend', suspended.username);
    await using server = await startTieline([], at);
    assert.doesNotMatch(server.stdout(), /Developer account/, 'the database was not empty');
    assert.equal(await statusOf(server, open), 200);
    assert.equal(await statusOf(server, suspended), 401);
    const table = await printed(at, 'accounts', 'list');
    assert.equal(table.trim().split('\n').length, 3, 'beside the running server');
  });

  test('make, list and delete API keys', async () => {
    using folder = temporaryFolder();
    const at = { cwd: folder.path };
    const { username: sid } = await createAccount(at);
    const of = ['--account-sid', sid];
    const create = async (...more: string[]): Promise<Login> => {
      const text = await printed(at, 'keys', 'create', ...of, ...more);
      const [, username = '', password = ''] =
        /^Key SID {2}(SK\w{32})\nSecret {3}(\w+)\n$/.exec(text) ?? [];
      return { username, password };
    };
    const main = await create('--main', '--friendly-name', 'Main');
    const gone = await create();
    assert.equal(
      await printed(at, 'keys', 'delete', gone.username, ...of),
      `Deleted ${gone.username}\n`,
    );
    const listed: unknown = JSON.parse(await printed(at, 'keys', 'list', ...of, '--json'));
    assert.deepEqual(listed, [{ sid: main.username, kind: 'main', friendly_name: 'Main' }]);
    await using server = await startTieline([], at);
    assert.equal(await statusOf(server, main, sid), 200);
    assert.equal(await statusOf(server, gone, sid), 401);
  });

  test('keys reseal makes an old secret key unnecessary', async () => {
    using folder = temporaryFolder();
    const at = (TIELINE_SECRET_KEY: string) => ({ cwd: folder.path, env: { TIELINE_SECRET_KEY } });
    const login = await createAccount(at(key(1)));
    const both = at(`k2:${key(2)},k1:${key(1)}`);
    assert.equal(
      await printed(both, 'keys', 'reseal'),
      'Step 2 of 3, seal anew: 2 secrets sealed anew with k2.\n' +
        'Step 3 of 3, take away: nothing is sealed with k1 any more: ' +
        'restart every server with TIELINE_SECRET_KEY=k2:KEY alone.\n',
    );
    const old = await runTieline(['serve', '--port', '0'], at(key(1)));
    assert.equal(old.status, 2);
    assert.match(old.stderr, /^tieline: The data was sealed with a secret key named "k2"[^\n]*\n$/);
    await using server = await startTieline([], at(`k2:${key(2)}`));
    assert.equal(await statusOf(server, login), 200);
  });

  test('migrate can run any number of times', async () => {
    using folder = temporaryFolder();
    const at = { cwd: folder.path };
    for (const _ of [1, 2])
      assert.equal(await printed(at, 'migrate'), 'The schema is up to date.\n');
    assert.equal(await printed(at, 'accounts', 'list'), 'none\n');
  });

  test('--version and --help work, and npx brings its own Node.js', async () => {
    const at = { cwd: import.meta.dirname };
    assert.match(await printed(at, '--version'), /^\d+\.\d+\.\d+\n$/);
    assert.match(
      await printed(at, '--help'),
      /Usage: tieline .*\n[^]*Start here:\n {2}\$ tieline serve/,
    );
    assert.match(await printed(at, 'serve', '--help'), /--data <where>[^]*--production/);
    // The machine's own Node.js may be too old. npx puts the checkout's first.
    const path = (process.env['PATH'] ?? '').split(delimiter);
    const PATH = path.filter((part) => !part.includes('node_modules')).join(delimiter);
    const npx = { ...at, env: { PATH }, command: ['npx', '--no', 'tieline'] } as const;
    const { stdout, stderr } = await runTieline(['--version'], npx);
    assert.match(stdout, /^\d+\.\d+\.\d+\n$/, stderr);
  });
});

suite('a wrong call of a command is answered with the way out', { concurrency: 4 }, () => {
  const SID = `AC${'0'.repeat(32)}`;
  const WRONG: readonly (readonly [string, RegExp])[] = [
    ['', /Start here:\n {2}\$ tieline serve/],
    ['start', /unknown command 'start'/],
    ['serve --prot 80', /unknown option '--prot'\n\(Did you mean --port\?\)/],
    ['accounts', /Usage: tieline accounts [^]*create/],
    ['accounts create', /required option '--friendly-name <name>' not specified[^]*--help/],
    ['accounts create --friendly-name A --type Half', /^tieline: --type must be Full or Trial\.$/m],
    ['accounts create --friendly-name=', /^tieline: --friendly-name must not be empty\.$/m],
    [
      'accounts create --friendly-name \u202Eeman',
      /^tieline: --friendly-name must not hold characters that set the direction of writing/m,
    ],
    ['accounts close', /missing required argument 'sid'[^]*--help/],
    [
      `accounts close ${SID}`,
      /^tieline: There is no account AC0+; tieline accounts list has all\.$/m,
    ],
    ['accounts list --data nowhere', /^tieline: There is no data in nowhere; .*--data\.$/m],
    ['accounts upgrade AC --data nowhere', /^tieline: There is no data in nowhere; .*--data\.$/m],
    ['accounts list --data :memory:', /^tieline: Data in memory is gone with its server; name a/],
    [
      `keys create --account-sid ${SID}`,
      /^tieline: There is no account AC0+; tieline accounts list/,
    ],
    [
      `keys delete SK1 --account-sid ${SID}`,
      /^tieline: The account AC0+ has no key SK1[^]*keys list/,
    ],
    ['restore absent', /^tieline: There is no file or folder for absent: check the name\.$/m],
    ['restore .', /^tieline: \. cannot be used \(EISDIR.*\): name a file /m],
  ];
  const [empty, filled] = [temporaryFolder(), temporaryFolder()];
  const [withoutData, withData] = [openDesk({ cwd: empty.path }), openDesk({ cwd: filled.path })];
  before(() => makeData({ cwd: filled.path }));
  after(async () => {
    for (const desk of [withoutData, withData]) await desk[Symbol.asyncDispose]();
    for (const folder of [empty, filled]) folder[Symbol.dispose]();
  });

  for (const [line, sentence] of WRONG) {
    test(`tieline ${line}`, async () => {
      const parameters = line === '' ? [] : line.split(' ');
      const needsData = line.includes(SID) || line.includes('--friendly-name');
      const { status, stdout, stderr } = await (needsData ? withData : withoutData).run(
        ...parameters,
      );
      assert.match(stderr, sentence);
      assert.doesNotMatch(stderr, /^ +at /m);
      assert.equal(stdout, '');
      assert.equal(status, 2);
    });
  }
});
