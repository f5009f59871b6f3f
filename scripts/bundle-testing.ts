import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { buildSync } from 'esbuild';

/**
 * Makes the published form of the test kit, `tieline/testing`: one CommonJS file for every Node.js
 * that a test may run on. `import`, `require` and the module systems of test runners can load it. A
 * test loads only this file, which loads Tieline itself on a Node.js that can run it.
 */

/** The oldest Node.js for the kit itself; `Symbol.asyncDispose` came with it. */
const TARGET = 'node18.18';

/** The file, and its types for `require`. The types for `import` lie beside it already. */
const FILE = 'testing.cjs';
const TYPES = 'testing.d.cts';

const REQUIRED_TYPES = `\
type Kit = typeof import('./start-tieline.js', { with: { 'resolution-mode': 'import' } });
export type * from './start-tieline.js' with { 'resolution-mode': 'import' };
export declare const startTieline: Kit['startTieline'];
export declare const TielineError: Kit['TielineError'];
export type TielineError = InstanceType<Kit['TielineError']>;
`;

/** @param folder a folder for the kit and its types */
export function bundleTesting(folder: string): void {
  mkdirSync(folder, { recursive: true });
  writeTypes(folder);
  writeFileSync(join(folder, TYPES), REQUIRED_TYPES);
  buildSync({
    entryPoints: ['src/testing/start-tieline.ts'],
    outfile: join(folder, FILE),
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: TARGET,
    legalComments: 'none',
    define: { 'import.meta.url': 'kitUrl' },
    banner: { js: "const kitUrl = require('node:url').pathToFileURL(__filename).href;" },
  });
}

/** Writes the types of the kit: those that its main file reaches, and none of the program's. */
function writeTypes(folder: string): void {
  const all = mkdtempSync(join(tmpdir(), 'tieline-types-'));
  execFileSync('tsc', ['-p', 'tsconfig.build.json', '--outDir', all], { stdio: 'inherit' });
  const reached = new Set(['start-tieline.ts']);
  for (const name of reached) {
    const file = name.replace(/\.ts$/, '.d.ts');
    const text = readFileSync(join(all, 'testing', file), 'utf8');
    for (const [, from = ''] of text.matchAll(/(?:from |import\()'(\.[^']+)'/g)) {
      if (from !== `./${basename(from)}`) throw new Error(`${file} needs the types of ${from}`);
      reached.add(basename(from));
    }
    copyFileSync(join(all, 'testing', file), join(folder, file));
  }
  rmSync(all, { recursive: true });
}
