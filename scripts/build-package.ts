import { cpSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, extname } from 'node:path';
import { BUNDLES, bundleFile, makeBundles } from '../src/notebooks/browser-bundles.ts';
import { bundleProgram, bundleThread } from './bundle-program.ts';
import { bundleTesting } from './bundle-testing.ts';
import { writeControlTypes } from './control-types.ts';
import { buildSite } from './docs/site.ts';

const BROWSER = 'dist/notebooks/browser';
/** The programs of threads: the sandbox of notebooks, and the sound of calls. */
const THREADS = ['notebooks/run/node-worker', 'carriers/media/thread'];

/**
 * Makes the files of the package in dist/: the bundle of the program, the test kit with its types,
 * the scripts of the notebook page, the documentation, and the files that the program reads.
 */
export async function buildPackage(): Promise<void> {
  writeControlTypes();
  rmSync('dist', { recursive: true, force: true });
  cpSync('src', 'dist', {
    recursive: true,
    filter: (path) =>
      statSync(path).isDirectory() ||
      (!['.ts', '.md'].includes(extname(path)) && basename(path) !== 'tsconfig.json'),
  });
  const { bundles, licences } = await makeBundles();
  mkdirSync(BROWSER, { recursive: true });
  for (const name of BUNDLES) writeFileSync(`${BROWSER}/${bundleFile(name)}`, bundles[name]);
  writeFileSync(`${BROWSER}/licences.txt`, licences);
  bundleTesting('dist/testing');
  await bundleProgram('dist/bundle', 'dist');
  for (const thread of THREADS) await bundleThread(thread, 'dist');
  await buildSite('dist/docs');
}
