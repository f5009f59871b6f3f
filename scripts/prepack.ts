import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, extname } from 'node:path';
import { BUNDLES, bundleFile, makeBundles } from '../src/notebooks/browser-bundles.ts';
import { bundleProgram } from './bundle-program.ts';
import { bundleTesting } from './bundle-testing.ts';
import { writeControlTypes } from './control-types.ts';
import { publishManifest, restoreManifest } from './published-manifest.ts';

/**
 * Makes the files that `npm pack` packs: JavaScript and types in dist/, bundles of the notebook
 * page's scripts, and the published package.json. `postpack.ts` undoes the latter.
 */

// npm publishes a folder with the package.json after postpack, which is the checkout's. Everybody
// would install its pinned runtime. A packed file holds the published package.json.
if (process.env['npm_command'] === 'publish') {
  console.error('Publish the packed file: npm pack, then npm publish with the file it made.');
  process.exit(1);
}

restoreManifest();
writeControlTypes();
rmSync('dist', { recursive: true, force: true });
execFileSync('tsc', ['-p', 'tsconfig.build.json'], { stdio: 'inherit' });
cpSync('src', 'dist', {
  recursive: true,
  filter: (path) =>
    statSync(path).isDirectory() || (extname(path) !== '.ts' && basename(path) !== 'tsconfig.json'),
});
const BROWSER = 'dist/notebooks/browser';
const { bundles, licences } = await makeBundles();
mkdirSync(BROWSER, { recursive: true });
for (const name of BUNDLES) writeFileSync(`${BROWSER}/${bundleFile(name)}`, bundles[name]);
writeFileSync(`${BROWSER}/licences.txt`, licences);
bundleTesting('dist/testing');
await bundleProgram('dist/bundle');
publishManifest();
