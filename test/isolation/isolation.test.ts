import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ROUTES } from '../../src/routes.ts';
import { ENGINES, type Reply, type TestApp, testApp } from '../support/test-app.ts';
import { type Cell, cellsOf } from './cells.ts';
import { OPERATIONS } from './expected.ts';
import { comparable, faultsInChanges, faultsOf, knownSecrets, report } from './faults.ts';
import { changesSince, type Rows, readRows, undo } from './rows.ts';
import { sampleOf } from './sample.ts';
import { unmarkedColumns } from './tenants.ts';
import { aWorld, NOWHERE, type Principal, SELF, type World } from './world.ts';

/**
 * The tenant-isolation matrix (docs/threats.md, T01, T02, T04, T06): every principal, on
 * every target, with every operation of the route table, gets the answer of
 * `isolation/expected.ts`, sees nothing of other tenants and changes nothing of theirs.
 */

/** The number of reading requests under way at the same time. */
const AT_A_TIME = 32;
/** The most reported cells. A fault in one place shows in many cells. */
const REPORTED = 20;
/** The length of an answer's end in a report. The end is the body. */
const SHOWN = 200;

interface Run {
  readonly app: TestApp;
  readonly world: World;
  /** The rows of the world before the first cell and after each cell. */
  rows: Rows;
  cells: number;
  readonly faults: string[];
  /** The answer of each operation to one principal for a missing account. */
  absent: Map<string, string>;
}

function ask({ app }: Run, { method, url, form, principal }: Cell): Promise<Reply> {
  const { login, headers } = principal;
  return app.request(method, url, { login, ...(form && { form }), ...(headers && { headers }) });
}

async function check(run: Run, cell: Cell): Promise<void> {
  const reply = await ask(run, cell);
  const seen = comparable(cell, reply);
  const faults = faultsOf(run.world, cell, reply, seen);
  if (cell.target === NOWHERE) run.absent.set(cell.operation, seen);
  else if (cell.looks_absent && cell.target !== 'a malformed SID') {
    const absent = run.absent.get(cell.operation);
    if (seen !== absent)
      faults.push(`is not answered like what does not exist: …${absent?.slice(-SHOWN)}`);
  }
  if (cell.changes) faults.push(...(await checkChanges(run, cell)));
  run.cells += 1;
  if (faults.length > 0) run.faults.push(report(cell, faults, reply));
}

/** Checks the changes of an allowed request and undoes them. */
async function checkChanges(run: Run, cell: Cell): Promise<string[]> {
  const changes = await changesSince(run.app, run.rows);
  await undo(run.app, changes);
  return faultsInChanges(run.world, cell, changes);
}

/** The cells that the engine must answer, by principal and target. */
function cellsOn({ app, world }: Run): Map<Principal, Map<string, Cell[]>> {
  const targets = [...Object.keys(world.targets), SELF];
  const all = world.principals.flatMap((principal) =>
    targets.flatMap((target) => [...cellsOf(world, principal, target)]),
  );
  const cells = sampleOf(all, app.app.database.engine);
  const ofPrincipals = [...Map.groupBy(cells, ({ principal }) => principal)];
  return new Map(
    ofPrincipals.map(([principal, own]) => [principal, Map.groupBy(own, ({ target }) => target)]),
  );
}

async function runPrincipal(
  run: Run,
  principal: Principal,
  byTarget: ReadonlyMap<string, readonly Cell[]>,
): Promise<void> {
  run.absent = new Map();
  for (const [target, cells] of byTarget) {
    const harmless = cells.filter((cell) => !cell.changes);
    for (let i = 0; i < harmless.length; i += AT_A_TIME) {
      await Promise.all(harmless.slice(i, i + AT_A_TIME).map((cell) => check(run, cell)));
    }
    const changes = await changesSince(run.app, run.rows);
    if (changes.length > 0) {
      run.faults.push(`${principal.name} → ${target}: changed ${JSON.stringify(changes)}`);
      await undo(run.app, changes);
    }
    for (const cell of cells) if (cell.changes) await check(run, cell);
  }
}

/** Expects notes of use for the grants of accepted apps, and no others. */
async function faultsInNotes({ app, world }: Run): Promise<string[]> {
  const { database } = app.app;
  // Notes are queued like every write, so all of them are stored after this write.
  await database.idle();
  const noted = await database.db.selectFrom('grant_uses').select('grant_sid').execute();
  const grants = new Set(world.principals.map(({ grant_sid }) => grant_sid));
  const foreign = noted.filter(({ grant_sid }) => !grants.has(grant_sid));
  return foreign.map(({ grant_sid }) => `the grant ${grant_sid} is noted as used`);
}

// Data in memory is SQLite with the same queries and would only repeat minutes of work.
for (const engine of ENGINES) {
  void suite(`isolation.matrix (${engine})`, () => {
    test('every principal, target and operation is answered as expected', async (t) => {
      await using app = await testApp({ engine });
      const world = await aWorld(app);
      assert.deepEqual(await unmarkedColumns(app), [], 'a leak of these would go unseen');
      const rows = await readRows(app);
      const run: Run = { app, world, rows, cells: 0, faults: [], absent: new Map() };
      const began = performance.now();
      for (const [principal, cells] of cellsOn(run)) await runPrincipal(run, principal, cells);
      const seconds = (performance.now() - began) / 1000;
      run.faults.push(...(await faultsInNotes(run)));
      const logged = knownSecrets(world, app.logLines.join(''));
      if (logged.length > 0) run.faults.push(`the log holds ${logged.length} secrets`);
      t.diagnostic(`${run.cells} cells, ${Math.round(run.cells / seconds)} a second`);
      const shown = run.faults.slice(0, REPORTED).join('\n  ');
      assert.equal(run.faults.length, 0, `${run.faults.length} faults, such as\n  ${shown}`);
    });
  });
}

test('isolation.matrix: every operation of the route table has its expectation', () => {
  const operations = ROUTES.endpoints.map(({ method, path }) => `${method} ${path}`);
  assert.deepEqual(Object.keys(OPERATIONS).toSorted(), operations.toSorted());
});
