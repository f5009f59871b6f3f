import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after, before, suite, test } from 'node:test';
import { PASSWORD } from '../support/people.ts';
import { type CommandDesk, openDesk } from '../support/program/command-desk.ts';
import { PROGRAM } from '../support/program/program.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { makeData, runTieline, type Surroundings } from '../support/tieline-process.ts';

/** Runs a command that must succeed, and gives what it printed. */
async function printed(desk: Pick<CommandDesk, 'run'>, ...parameters: string[]): Promise<string> {
  const { status, stdout, stderr } = await desk.run(...parameters);
  assert.equal(stderr, '');
  assert.equal(status, 0);
  return stdout;
}

/** Runs a command with text on its standard input. */
async function fed(at: Surroundings, input: string, ...parameters: string[]) {
  const child = spawn(process.execPath, [PROGRAM, ...parameters], { cwd: at.cwd });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdin.end(input);
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { status, stdout, stderr: stderr.replace(/^Data: [^\n]+\n/, '') };
}

const CREATE = ['people', 'create', '--email', 'Ann@Example.com', '--name', 'Ann One'];
const LINK =
  /^Person SID {2}PE\w{32}\nLog in as {3}ann@example\.com\nOpen this link .*, once, .*: (\S+)\n$/;

suite('the people command', { concurrency: 4 }, () => {
  test('makes the first person and a link under the public URL', async () => {
    using folder = temporaryFolder();
    const env = { TIELINE_PUBLIC_URL: 'https://api.example.com/' };
    const at = { cwd: folder.path, env };
    await makeData(at);
    const alone = { run: (...line: string[]) => runTieline(line, at) };
    const [, link = ''] = LINK.exec(await printed(alone, ...CREATE, '--operator')) ?? [];
    assert.match(link, /^https:\/\/api\.example\.com\/links\/[\w-]{43}$/);
    assert.match(
      await printed(alone, 'people', 'list'),
      /^sid +email +operator +disabled +name\nPE\w{32} +ann@example\.com +yes +no +Ann One\n$/,
    );
    assert.equal(
      await printed(alone, 'accounts', 'list'),
      'none\n',
      'an operator needs no account',
    );
    const again = await printed(alone, 'people', 'password', 'ANN@example.com');
    assert.match(again, /^Open this link [^\n]*: https:\/\/api\.example\.com\/links\/[\w-]{43}\n$/);
    assert.ok(!again.includes(link));
  });

  test('gives a person a new Trial account or an existing account', async () => {
    using folder = temporaryFolder();
    const at = { cwd: folder.path };
    await makeData(at);
    await using desk = openDesk(at);
    assert.match(
      await printed(desk, ...CREATE),
      /Open this path of your server [^\n]*: \/links\/\S+\n$/,
    );
    assert.match(await printed(desk, 'accounts', 'list'), / Trial +active +Ann One\n$/);
    const account = await printed(desk, 'accounts', 'create', '--friendly-name', 'Second');
    const [sid = ''] = /AC\w{32}/.exec(account) ?? [];
    const ben = ['people', 'create', '--email', 'ben@example.com', '--name', 'Ben'];
    await printed(desk, ...ben, '--account-sid', sid);
    const accounts: unknown = JSON.parse(await printed(desk, 'accounts', 'list', '--json'));
    assert.equal((accounts as unknown[]).length, 2);
    const people: unknown = JSON.parse(await printed(desk, 'people', 'list', '--json'));
    assert.equal((people as { email: string }[])[1]?.email, 'ben@example.com');
  });

  test('reads a password from standard input and checks its rules', async () => {
    using folder = temporaryFolder();
    const at = { cwd: folder.path };
    await makeData(at);
    for (const input of ['', 'short\n', 'password\n']) {
      const { status, stdout, stderr } = await fed(at, input, ...CREATE, '--password-stdin');
      assert.match(stderr, /^tieline: Password [^\n]*\n$/);
      assert.deepEqual([status, stdout], [2, '']);
    }
    const { status, stdout } = await fed(at, `${PASSWORD}\n`, ...CREATE, '--password-stdin');
    assert.match(stdout, /^Person SID {2}PE\w{32}\nLog in as {3}ann@example\.com\n$/);
    assert.equal(status, 0);
  });
});

suite('a wrong call of the people command is answered with the way out', { concurrency: 4 }, () => {
  const SID = `AC${'0'.repeat(32)}`;
  const WRONG: readonly (readonly [string, RegExp])[] = [
    ['people', /Usage: tieline people [^]*create[^]*password/],
    ['people lst', /unknown command 'lst'\n\(Did you mean list\?\)/],
    ['people list --data nowhere', /^tieline: There is no data in nowhere; .*--data\.$/m],
    ['people create', /required option '--email <address>' not specified[^]*--help/],
    ['people create --email a@example.com', /required option '--name <name>' not specified/],
    ['people create --email ann --name Ann', /^tieline: Email must be an address such as /m],
    ['people create --email a@example.com --name=', /^tieline: Name must not be empty/m],
    [
      'people create --email first@example.com --name Ann',
      /^tieline: There is somebody with the address first@example\.com already\.$/m,
    ],
    [
      `people create --email a@example.com --name Ann --account-sid ${SID}`,
      /^tieline: There is no account AC0+; tieline accounts list has all\.$/m,
    ],
    ['people password', /missing required argument 'email'[^]*--help/],
    [
      'people password a@example.com',
      /^tieline: No person has the address a@example\.com; tieline people list shows all\.$/m,
    ],
    [
      'people password first@example.com --public-url example.com',
      /^tieline: The public URL must be an http or https address/m,
    ],
  ];
  const folder = temporaryFolder();
  let desk: CommandDesk;
  before(async () => {
    const at = { cwd: folder.path };
    await makeData(at);
    desk = openDesk(at);
    await desk.run('people', 'create', '--email', 'first@example.com', '--name', 'First');
  });
  after(async () => {
    await desk[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  for (const [line, sentence] of WRONG) {
    test(`tieline ${line}`, async () => {
      const { status, stdout, stderr } = await desk.run(...line.split(' '));
      assert.match(stderr, sentence);
      assert.doesNotMatch(stderr, /^ +at /m);
      assert.equal(stdout, '');
      assert.equal(status, 2);
    });
  }

  test('disables, enables, renames and deletes a person, and names the effects', async () => {
    using own = temporaryFolder();
    const at = { cwd: own.path };
    await makeData(at);
    await using people = openDesk(at);
    const run = async (...parameters: string[]) => {
      const { status, stdout, stderr } = await people.run('people', ...parameters);
      return [status, stdout, stderr] as const;
    };
    const email = 'ann@example.com';
    await printed(people, ...CREATE);
    const [account = ''] = /AC\w{32}/.exec(await printed(people, 'accounts', 'list')) ?? [];
    const [, disabled] = await run('disable', 'ANN@example.com');
    assert.match(disabled, /^ann@example\.com may not sign in until enabled; 0 sessions ended\.\n/);
    assert.match(disabled, new RegExp(`Nobody can sign in to the account ${account} now`));
    assert.match((await run('list'))[1], / no +yes +Ann One\n$/);
    const [refused, , advice] = await run('password', email);
    assert.deepEqual([refused, /enable them first/.test(advice)], [2, true]);
    assert.equal((await run('enable', email))[1], 'ann@example.com may sign in.\n');
    assert.equal((await run('rename', email, 'Ann Two'))[0], 0);
    assert.deepEqual(await run('rename', email, ' '), [2, '', 'tieline: Name must not be empty\n']);
    assert.equal((await run('operator', email))[1], 'ann@example.com is an operator now.\n');
    for (const last of [['disable'], ['operator', '--remove'], ['delete', '--keep-accounts']]) {
      const [status, , message] = await run(...last, email);
      assert.equal(status, 2);
      assert.match(
        message,
        /^tieline: ann@example\.com is the last operator[^\n]*--last-operator[^\n]*\n$/,
      );
    }
    assert.equal((await run('operator', email, '--remove', '--last-operator'))[0], 0);
    const [alone, , message] = await run('delete', email);
    assert.equal(alone, 2);
    assert.match(
      message,
      /is the last person of AC\w{32}[^\n]* --keep-accounts or --close-accounts\.\n$/,
    );
    assert.equal((await run('delete', email, '--keep-accounts', '--close-accounts'))[0], 2);
    assert.match(
      (await run('delete', email, '--close-accounts'))[1],
      new RegExp(`^ann@example\\.com is deleted\\.\nThe account ${account} is closed\\.\n$`),
    );
    assert.equal((await run('list'))[1], 'none\n');
    for (const parameters of [['disable'], ['enable'], ['delete'], ['operator'], ['sessions']]) {
      const [status, , told] = await run(...parameters, email);
      assert.deepEqual([status, told.startsWith('tieline: No person has')], [2, true]);
    }
  });

  test('shows and ends the sessions of one person, or of everybody on request', async () => {
    using own = temporaryFolder();
    const at = { cwd: own.path };
    await makeData(at);
    await using people = openDesk(at);
    await printed(people, ...CREATE);
    assert.equal(await printed(people, 'people', 'sessions'), 'none\n');
    assert.equal(await printed(people, 'people', 'sessions', 'ann@example.com', '--json'), '[]\n');
    assert.equal(
      await printed(people, 'people', 'sessions', 'ann@example.com', '--end'),
      '0 sessions ended.\n',
    );
    assert.equal(
      await printed(people, 'people', 'sessions', '--end', '--everybody'),
      '0 sessions ended.\n',
    );
    for (const parameters of [['--end'], ['ann@example.com', '--end', '--everybody']]) {
      const { status, stderr } = await people.run('people', 'sessions', ...parameters);
      assert.deepEqual(
        [status, stderr],
        [2, 'tieline: Say whose sessions end: an e-mail address, or --everybody.\n'],
      );
    }
  });
});
