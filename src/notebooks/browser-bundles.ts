import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Metafile } from 'esbuild';
import { readGuestScripts } from './run/node-host.ts';

/**
 * The scripts of the notebook page. In a checkout they are bundled at the first request. The
 * published package contains the bundles, but no bundler.
 */
export const BUNDLES = ['page', 'worker'] as const;
export type BundleName = (typeof BUNDLES)[number];
export type Bundles = Readonly<Record<BundleName, Buffer>>;

const here = (name: string) => new URL(`browser/${name}`, import.meta.url);
/** The file name of a bundle in the published package. */
export const bundleFile = (name: BundleName) => `${name}.bundle.js`;

let made: Promise<{ readonly bundles: Bundles }> | null = null;

/** Whether the bundles or a bundler are installed. */
export async function hasBundles(): Promise<boolean> {
  if (existsSync(here(bundleFile('page')))) return true;
  return import('esbuild').then(
    () => true,
    () => false,
  );
}

/** Reads one of the scripts. @throws Error when neither the bundle nor a bundler is installed */
export async function readBundle(name: BundleName): Promise<Buffer> {
  const file = here(bundleFile(name));
  if (existsSync(file)) return readFile(file);
  made ??= makeBundles();
  const { bundles } = await made;
  return bundles[name];
}

/**
 * Bundles both scripts. This works only in a checkout.
 * @returns the bundles, the folders of the packages in them, and the licences of these packages
 */
export async function makeBundles(): Promise<{
  readonly bundles: Bundles;
  readonly packages: readonly string[];
  readonly licences: string;
}> {
  const { build, stop } = await import('esbuild');
  const { outputFiles, metafile } = await build({
    entryPoints: BUNDLES.map((name) => fileURLToPath(here(`${name}.ts`))),
    absWorkingDir: fileURLToPath(new URL('../..', import.meta.url)),
    outdir: 'out',
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2024',
    metafile: true,
    write: false,
    legalComments: 'none',
    define: { GUEST_SCRIPTS: JSON.stringify(readGuestScripts()) },
  });
  // It works in a process of its own, which is not needed again.
  await stop();
  const read = (name: BundleName) => {
    const found = outputFiles.find(({ path }) => path.endsWith(`${name}.js`));
    return Buffer.from(found?.contents ?? '');
  };
  const bundles = { page: read('page'), worker: read('worker') };
  return { bundles, packages: packagesOf(metafile), licences: licencesOf(metafile) };
}

/** The folders of the packages in a bundle. */
function packagesOf({ inputs }: Metafile): string[] {
  const folders = new Set(
    Object.keys(inputs).flatMap((path) => {
      const [folder] = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? [];
      return folder === undefined ? [] : [folder];
    }),
  );
  return [...folders].toSorted();
}

/** The licences of the libraries in a bundle, each as its package brings it. */
export function licencesOf(metafile: Metafile): string {
  const texts = packagesOf(metafile).flatMap((folder) => {
    const name = folder.replace(/^.*node_modules\//, '');
    const file = ['LICENSE', 'LICENSE.txt', 'LICENSE.md', 'license']
      .map((one) => new URL(`../../${folder}/${one}`, import.meta.url))
      .find((one) => existsSync(one));
    return file ? [`${name}\n\n${readFileSync(file, 'utf8').trim()}\n`] : [`${name}\n`];
  });
  return texts.join('\n\n');
}
