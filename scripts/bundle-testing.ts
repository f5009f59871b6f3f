import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';

/**
 * Makes the published form of the test kit, `tieline/testing`: one CommonJS file, which `import`,
 * `require` and the module systems of test runners all take, for every Node.js that a test may
 * run on. Only this file is loaded there; Tieline itself is loaded by it, where it can run.
 */

/** The oldest Node.js for the kit itself; `Symbol.asyncDispose` came with it. */
const TARGET = 'node18.18';

/** The file, and its types for who requires it; those of an import lie beside it already. */
const FILE = 'testing.cjs';
const TYPES = 'testing.d.cts';

const REQUIRED_TYPES = `\
type Kit = typeof import('./start-tieline.js', { with: { 'resolution-mode': 'import' } });
export type * from './start-tieline.js' with { 'resolution-mode': 'import' };
export declare const startTieline: Kit['startTieline'];
export declare const TielineError: Kit['TielineError'];
export type TielineError = InstanceType<Kit['TielineError']>;
`;

/** @param folder where the compiled sources of the kit are */
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
