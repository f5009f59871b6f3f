import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { suite, test } from 'node:test';
import type { Command } from 'commander';
import pg from 'pg';
import { tielineProgram } from '../../src/cli/program.ts';
import { ConfigError } from '../../src/config.ts';
import { MIGRATIONS } from '../../src/db/migrations/all-migrations.ts';
import { startTieline as startByKit } from '../../src/testing/start-tieline.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { ENGINES } from '../support/test-app.ts';
import { runTieline, type Surroundings } from '../support/tieline-process.ts';
import { newPlace } from './place.ts';

const SID = `AC${'1'.repeat(32)}`;
/** A use of every command that works on stored data, by its name. */
const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  serve: ['--port', '0'],
  run: ['--', 'true'],
  proxy: [],
  'accounts list': [],
  'accounts create': ['--friendly-name', 'One'],
  'accounts upgrade': [SID],
  'accounts suspend': [SID],
  'accounts reactivate': [SID],
  'accounts close': [SID],
  'accounts balance': [SID],
  'accounts credit': [SID, '1', '--reason', 'Paid'],
  'accounts floor': [SID, '0'],
  'people list': [],
  'people create': ['--email', 'one@example.com', '--name', 'One'],
  'people password': ['one@example.com'],
  'people disable': ['one@example.com'],
  'people enable': ['one@example.com'],
  'people delete': ['one@example.com'],
  'people rename': ['one@example.com', 'Two'],
  'people operator': ['one@example.com'],
  'people sessions': [],
  'keys list': ['--account-sid', SID],
  'keys create': ['--account-sid', SID],
  'keys delete': [`SK${'1'.repeat(32)}`, '--account-sid', SID],
  'keys status': [],
  'keys reseal': [],
  'carriers export': [`NY${'1'.repeat(32)}`, '--format', 'kamailio'],
  'rates list': [],
  'rates history': [],
  'rates set': ['--category', 'sms', '--per', 'count', '--price', '1'],
  'rates remove': ['--category', 'sms', '--from', '2030-01-01'],
  'numbers import': ['package.json'],
  'clock status': [],
  'clock set': ['2030-01-01T00:00:00Z'],
  'clock advance': ['1d'],
  'clock in-step': [],
  migrate: [],
  backup: ['never.backup'],
  restore: ['good.backup'],
  'usage explain': ['--account-sid', SID, '--category', 'sms'],
  'webhooks doctor': [
    '--url',
    'https://example.com/',
    '--signature',
    `${'A'.repeat(27)}=`,
    '--account-sid',
    SID,
  ],
  'webhooks list': [],
  'webhooks show': [`DL${'1'.repeat(32)}`],
  'webhooks replay': [`DL${'1'.repeat(32)}`],
  verify: [],
};
/** They run other programs or stay, so each is a process of its own. */
const SERVERS = new Set(['serve', 'run', 'proxy']);
/** They bring older data up to date. */
const MIGRATING = new Set([...SERVERS, 'migrate', 'restore']);

/** The commands that take `--data`, with the names of their groups. */
function* commandsOf(command: Command, above: readonly string[] = []): Generator<string> {
  if (command.options.some(({ long }) => long === '--data')) yield above.join(' ');
  for (const one of command.commands) yield* commandsOf(one, [...above, one.name()]);
}

/** The error of a command that is refused before it does anything. */
async function refusalOf(name: string, data: string, at: Surroundings): Promise<string> {
  const given = (COMMANDS[name] ?? []).map((word) =>
    word === 'good.backup' ? join(at.cwd, word) : word,
  );
  const end = given.includes('--') ? given.indexOf('--') : given.length;
  const words = [...name.split(' '), ...given.slice(0, end), '--data', data, ...given.slice(end)];
  if (SERVERS.has(name)) {
    const { status, stdout, stderr } = await runTieline(words, at);
    assert.deepEqual([status, stdout], [name === 'run' ? 125 : 2, ''], `${name}: ${stderr}`);
    return stderr.replace(/^tieline: /, '').trimEnd();
  }
  const outcome = tielineProgram().parseAsync(words, { from: 'user' });
  const error = await outcome.then(
    () => assert.fail(`${name} was not refused`),
    (why) => why,
  );
  assert.ok(error instanceof ConfigError, `${name}: ${error}`);
  return error.message;
}

/** Data that a command has made, and then a statement has changed. */
async function changedData(engine: 'sqlite' | 'postgres', statement: string) {
  const ends = new AsyncDisposableStack();
  const folder = ends.use(temporaryFolder());
  const place = ends.use(await newPlace(engine, folder.at('data')));
  const at = {
    cwd: folder.path,
    env: { TIELINE_SECRET_KEY: Buffer.alloc(32, 1).toString('base64') },
  };
  for (const command of [['migrate'], ['backup', 'good.backup']]) {
    const { status, stderr } = await runTieline([...command, '--data', place.data], at);
    assert.equal(status, 0, stderr);
  }
  if (engine === 'sqlite') {
    using database = new DatabaseSync(`${place.data}/tieline.db`);
    database.exec(statement);
  } else {
    const client = new pg.Client({ connectionString: place.data });
    await client.connect();
    await client.query(statement);
    await client.end();
  }
  return { at, data: place.data, [Symbol.asyncDispose]: () => ends.disposeAsync() };
}

const LATEST = Object.keys(MIGRATIONS).at(-1);
const CONDITIONS = {
  older: {
    statement: `DELETE FROM kysely_migration WHERE name = '${LATEST}'`,
    sentence:
      /^[^\n]+older Tieline: take a backup with that version, then run "tieline migrate"[^\n]*$/,
    commands: Object.keys(COMMANDS).filter((name) => !MIGRATING.has(name)),
  },
  newer: {
    statement: `INSERT INTO kysely_migration VALUES ('9999-later', '2099-01-01T00:00:00Z')`,
    sentence: /^[^\n]+newer Tieline [^\n]*"9999-later"[^\n]*start that[^\n]*$/,
    commands: Object.keys(COMMANDS),
  },
};

test('the table of commands has each that works on stored data', () => {
  const all = [...commandsOf(tielineProgram())];
  assert.deepEqual(Object.keys(COMMANDS).toSorted(), all.toSorted());
});

for (const engine of ENGINES) {
  suite(`data that another version made is refused in one sentence (${engine})`, () => {
    for (const [version, { statement, sentence, commands }] of Object.entries(CONDITIONS)) {
      test(`if it is ${version}, by every command that cannot use it`, async () => {
        await using made = await changedData(engine, statement);
        for (const name of commands) {
          assert.match(await refusalOf(name, made.data, made.at), sentence, name);
        }
      });
    }

    test('if it is newer, by the test kit', async () => {
      const { statement } = CONDITIONS.newer;
      await using made = await changedData(engine, statement);
      await assert.rejects(startByKit({ data: made.data }), /newer Tieline [^\n]*"9999-later"/);
    });
  });
}
