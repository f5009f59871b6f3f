import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
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

/** @param folder the folder of the kit's compiled sources */
export function bundleTesting(folder: string): void {
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
