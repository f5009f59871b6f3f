import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, extname } from 'node:path';
import { BUNDLES, bundleFile, makeBundles } from '../src/notebooks/browser-bundles.ts';
import { bundleProgram } from './bundle-program.ts';
import { bundleTesting } from './bundle-testing.ts';
import { writeControlTypes } from './control-types.ts';
import { publishManifest, restoreManifest } from './published-manifest.ts';

/**
 * Makes what `npm pack` packs: JavaScript and types in dist/, the scripts of the notebook page in
 * bundles, and the published package.json.
 * `postpack.ts` takes the latter back.
 */

// npm publishes a folder with the package.json that it finds after postpack: the checkout's,
// whose runtime pin everybody would install. From a packed file it takes the published one.
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
