import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { ENGINES } from '../support/test-app.ts';
import { makeData, runTieline } from '../support/tieline-process.ts';
import { newPlace } from './place.ts';

for (const engine of ENGINES) {
  suite(`the import of numbers by command (${engine})`, () => {
    test('writes the good lines once, names the others, and writes nothing in a dry run', async () => {
      using folder = temporaryFolder();
      await using place = await newPlace(engine, 'data');
      const at = { cwd: folder.path, env: { TIELINE_DATA: place.data } };
      await makeData(at);
      writeFileSync(folder.at('carriers.yaml'), 'carriers: { mno: { kind: simulated } }\n');
      writeFileSync(
        folder.at('numbers.csv'),
        'number,country,kind,capabilities,carrier\n' +
          '+14155550100,US,local,sms voice,mno\n+14155550101,US,local,sms,nobody\n',
      );
      const run = (...options: string[]) =>
        runTieline(
          ['numbers', 'import', 'numbers.csv', '--carriers', 'carriers.yaml', ...options],
          at,
        );
      const refusal =
        'line 3: carrier "nobody" must be a carrier of the carriers file: simulated, mno.';
      const dry = await run('--dry-run');
      assert.deepEqual(
        [dry.status, dry.stdout],
        [
          1,
          `${refusal}\n1 added, 0 changed, 0 unchanged, 1 refused. ` +
            'Nothing is written, because this is a dry run.\n',
        ],
      );
      const real = await run();
      assert.equal(real.stdout, `${refusal}\n1 added, 0 changed, 0 unchanged, 1 refused.\n`);
      const again = await run('--json');
      const report = JSON.parse(again.stdout) as Record<string, unknown>;
      assert.deepEqual([again.status, report['added'], report['unchanged']], [1, 0, 1]);
      writeFileSync(folder.at('numbers.csv'), 'not,a,header\n');
      const bad = await run();
      assert.equal(bad.status, 2);
      assert.match(bad.stderr, /The first line of the file must be number,country,kind/);
      assert.doesNotMatch(bad.stderr, /^ +at /m);
    });
  });
}
