import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { suite, test } from 'node:test';
import { startTieline as startByKit } from '../../src/testing/start-tieline.ts';
import { PROGRAM } from '../support/program/program.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { makeData, type Result, runTieline } from '../support/tieline-process.ts';

/** Runs a command in a namespace of its own, after a line of shell that prepares it. */
function inNamespace(
  kind: string,
  prepare: string,
  command: readonly string[] = [process.execPath, PROGRAM],
): readonly [string, ...string[]] {
  const user = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
  const shell = `${prepare} && exec "$@"`;
  return ['unshare', ...user, kind, 'sh', '-c', shell, 'sh', ...command];
}

/** Whether this user can do so on this machine. */
function canUse(kind: string, prepare: string): boolean {
  const [program, ...parameters] = inNamespace(kind, prepare, ['true']);
  return spawnSync(program, parameters, { stdio: 'ignore' }).status === 0;
}

/** Asserts that a command ended with one sentence on its last line, and with this status. */
function assertSentence({ status, stderr }: Result, expected: number, sentence: RegExp): void {
  const last = stderr.trimEnd().split('\n').at(-1) ?? '';
  assert.match(last, sentence);
  assert.match(last, /\.$/);
  assert.equal(status, expected, stderr);
}

const READ_ONLY = 'mount --bind . . && mount -o remount,ro,bind . && cd "$PWD"';
const FOLDER =
  /^tieline: The data folder \S+ cannot be used \(EROFS: .*\): name a folder with --data that this user may write to\.$/;

/** Commands that write, one for each way to open data, and what refuses them. */
const WRITING: readonly (readonly [readonly string[], number, RegExp])[] = [
  [['serve', '--port', '0'], 2, FOLDER],
  [['serve', '--port', '0', '--data', 'new'], 2, FOLDER],
  [['run', '--data', 'tieline-data', '--', 'true'], 125, FOLDER],
  [['proxy', '--data', 'tieline-data'], 2, FOLDER],
  [['migrate'], 2, FOLDER],
  [['restore', 'good.backup', '--data', 'new'], 2, FOLDER],
  [['accounts', 'create', '--friendly-name', 'One'], 2, FOLDER],
  [['people', 'create', '--email', 'one@example.com', '--name', 'One'], 2, FOLDER],
  [['keys', 'reseal'], 2, FOLDER],
  [['numbers', 'import', 'numbers.csv'], 2, FOLDER],
  [['clock', 'advance', '1d'], 2, FOLDER],
  [
    ['backup', 'other.backup'],
    2,
    /^tieline: other\.backup cannot be used \(EROFS: .*\): name a file/,
  ],
];

if (canUse('--mount', READ_ONLY)) {
  suite('a read-only file system', { concurrency: 2 }, () => {
    test('is named in one sentence by every way to open data', async () => {
      using folder = temporaryFolder();
      const at = { cwd: folder.path };
      await makeData(at);
      writeFileSync(folder.at('numbers.csv'), 'number,country,kind,capabilities,carrier\n');
      const made = await runTieline(['backup', 'good.backup'], at);
      assert.equal(made.status, 0, made.stderr);
      const command = inNamespace('--mount', READ_ONLY);
      for (const [words, status, sentence] of WRITING) {
        assertSentence(await runTieline(words, { ...at, command }), status, sentence);
      }
    });

    test('is named in one sentence by the test kit', async () => {
      using folder = temporaryFolder();
      const kit = new URL('../../src/testing/start-tieline.ts', import.meta.url).href;
      const code = `const { startTieline } = await import('${kit}');
        await startTieline({ data: 'new' }).catch(({ message }) => console.log(message));`;
      const program = [process.execPath, '--input-type=module', '-e', code];
      const command = inNamespace('--mount', READ_ONLY, program);
      const { stdout } = await runTieline([], { cwd: folder.path, command });
      assert.match(
        stdout,
        /^The data folder new cannot be used \(EROFS: .*\): name a folder with the option data that this user may write to\.\n$/,
      );
    });
  });
}

const LOOPBACK = 'ip link set lo up';

if (canUse('--net', LOOPBACK)) {
  test('a machine without a network runs a program beside Tieline', async () => {
    using folder = temporaryFolder();
    const command = inNamespace('--net', LOOPBACK);
    const code = `fetch('https://api.twilio.com/2010-04-01').then((answer) => console.log(answer.status))`;
    const words = ['run', '--', process.execPath, '-e', code];
    const { status, stdout, stderr } = await runTieline(words, { cwd: folder.path, command });
    assert.deepEqual([status, stdout], [0, '404\n'], stderr);
  });
}

suite('a port that is taken', { concurrency: 2 }, () => {
  /** The ways to ask for a port, with the status of the refusal. */
  const USES = [
    [['serve', '--data', ':memory:', '--port'], 2],
    [['serve', '--data', ':memory:', '--port', '0', '--ops-port'], 2],
    [['proxy', '--port'], 2],
    [['proxy', '--proxy-port'], 2],
    [['run', '--port'], 125],
    [['run', '--proxy-port'], 125],
  ] as const;

  test('is named in one sentence by every command that listens', async () => {
    using folder = temporaryFolder();
    await using taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    for (const [words, status] of USES) {
      const end = words[0] === 'run' ? ['--', 'true'] : [];
      const refused = await runTieline([...words, String(port), ...end], { cwd: folder.path });
      const option = words.at(-1);
      const sentence = new RegExp(
        `^tieline: Port ${port} on 127\\.0\\.0\\.1 is taken by another program: stop it, or choose another with ${option}\\.$`,
      );
      assertSentence(refused, status, sentence);
      assert.equal(refused.stdout, '');
    }
  });

  test('is named by the test kit', async () => {
    await using taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    await assert.rejects(startByKit({ port }), new RegExp(`Port ${port} on .* is taken`));
  });
});
