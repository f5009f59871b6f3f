import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { openDesk } from '../support/program/command-desk.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { ENGINES } from '../support/test-app.ts';
import { makeData } from '../support/tieline-process.ts';
import { newPlace } from './place.ts';

interface Desk {
  /** Runs a command that must succeed. @returns its output */
  readonly run: (...parameters: string[]) => Promise<string>;
  /** Runs a command that must fail. @returns its complaint */
  readonly refused: (...parameters: string[]) => Promise<string>;
  readonly sid: string;
}

async function withAccount(
  engine: (typeof ENGINES)[number],
  work: (desk: Desk) => Promise<void>,
): Promise<void> {
  using folder = temporaryFolder();
  await using place = await newPlace(engine, 'data');
  const at = { cwd: folder.path, env: { TIELINE_DATA: place.data } };
  await makeData(at);
  await using desk = openDesk(at);
  const run = async (...parameters: string[]) => {
    const { status, stdout, stderr } = await desk.run(...parameters);
    assert.deepEqual([status, stderr], [0, '']);
    return stdout;
  };
  const refused = async (...parameters: string[]) => {
    const { status, stdout, stderr } = await desk.run(...parameters);
    assert.deepEqual([status, stdout], [2, '']);
    assert.doesNotMatch(stderr, /^ +at /m);
    return stderr;
  };
  const made = await run('accounts', 'create', '--friendly-name', 'A customer');
  await work({ run, refused, sid: /AC\w{32}/.exec(made)?.[0] ?? '' });
}

for (const engine of ENGINES) {
  suite(`the money of accounts by command (${engine})`, { concurrency: 2 }, () => {
    test('is credited, taken back and given a floor, with the right balance at the end', () =>
      withAccount(engine, async ({ run, sid }) => {
        const row = (table: string) => table.trim().split('\n').at(-1)?.split(/ {2,}/);
        const balance = ['accounts', 'balance', sid];
        assert.deepEqual(row(await run(...balance)), [sid, '0.00', 'none']);
        const paid = ['accounts', 'credit', sid, '25.5', '--reason', 'Paid 17', '--key', 'paid-17'];
        assert.deepEqual(row(await run(...paid)), [sid, '25.50', 'none', 'no']);
        assert.deepEqual(row(await run(...paid)), [sid, '25.50', 'none', 'yes']);
        const back = ['accounts', 'credit', sid, '-30', '--reason', 'Back'];
        assert.deepEqual(row(await run(...back)), [sid, '-4.50', 'none', 'no']);
        assert.deepEqual(row(await run(...back)), [sid, '-34.50', 'none', 'no']);
        assert.deepEqual(row(await run('accounts', 'floor', sid, '-100')), [
          sid,
          '-34.50',
          '-100.00',
        ]);
        const { credits, ...known } = JSON.parse(await run(...balance, '--json'));
        assert.deepEqual(known, { sid, balance: '-34.50', balance_floor: '-100.00' });
        const amounts = credits.map((one: { amount: string }) => one.amount);
        assert.deepEqual(amounts, ['-30.00', '-30.00', '25.50']);
        assert.deepEqual(row(await run('accounts', 'floor', sid, 'none')), [sid, '-34.50', 'none']);
        assert.match(await run(...balance), /balance_floor\n.* none\ndate_created +amount +key /);
        assert.match(await run('verify'), /Everything agrees/);
      }));

    test('is refused with the way out after a wrong call', () =>
      withAccount(engine, async ({ run, refused, sid }) => {
        const because = ['--reason', 'Paid'];
        const wrong: readonly (readonly [readonly string[], RegExp])[] = [
          [['credit', sid, ...because], /missing required argument 'amount'[^]*--help/],
          [['credit', sid, '5'], /required option '--reason <text>' not specified[^]*--help/],
          [['credit', sid, '5', '--reason', ' '], /^tieline: reason must have 1 to 500 char/],
          [['credit', sid, 'five', ...because], /^tieline: amount must be a decimal from -1/],
          [['credit', sid, '1e3', ...because], /^tieline: amount must be a decimal from -1/],
          [['credit', sid, '0', ...because], /^tieline: amount must not be 0/],
          [['credit', sid, '5', ...because, '--key', ''], /^tieline: key must have 1 to 128/],
          [
            ['credit', 'AC1', '5', ...because],
            /^tieline: There is no account AC1; tieline accounts/,
          ],
          [['floor', sid], /missing required argument 'amount'[^]*--help/],
          [['floor', sid, '1,5'], /^tieline: The floor must be none, or a decimal from -1/],
          [['floor', sid, '1000000000'], /^tieline: The floor must be none, or a decimal from -1/],
          [['floor', 'AC1', '0'], /^tieline: There is no account AC1; tieline accounts list has/],
          [['balance'], /missing required argument 'sid'[^]*--help/],
          [['balance', 'AC1'], /^tieline: There is no account AC1; tieline accounts list has all/],
        ];
        for (const [parameters, sentence] of wrong) {
          assert.match(await refused('accounts', ...parameters), sentence);
        }
        assert.match(await run('accounts', 'balance', sid), / 0\.00 +none\n$/);
      }));
  });
}
