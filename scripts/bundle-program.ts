import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { relative, sep } from 'node:path';
import { build as bundle, type Plugin } from 'esbuild';
import { licencesOf } from '../src/notebooks/browser-bundles.ts';

/**
 * Makes the published form of the program. The sources and most libraries go into a few files,
 * which load in a third of the time of 1,400 modules. The compiled sources lie beside them, for
 * their types and for the files that they read.
 */

/** Packages that load late or never, are not JavaScript, or look for files of their own. */
const LEFT_OUT = [
  '@fastify/busboy',
  '@jitl/*',
  '@mediabunny/*',
  '@peculiar/*',
  '@picocss/*',
  '@simplewebauthn/*',
  '@zxcvbn-ts/*',
  'chai-1.9.0',
  'csv-stringify',
  'esbuild',
  'mediabunny',
  'pg',
  'pino',
  'pino-pretty',
  'quickjs-emscripten-core',
  'rate-limiter-flexible',
  'reflect-metadata',
  'sharp',
  'twilio',
  'undici',
  'yaml',
];

/** CommonJS libraries need `require`, and the sources need the path of their own file. */
const BANNER = `\
import { createRequire as createRequireHere } from 'node:module';
const require = createRequireHere(import.meta.url);
const sourceUrl = (path) => new URL('../' + path, import.meta.url).href;`;

/** Gives each source in the bundle the path of its compiled form. */
const OWN_PLACES: Plugin = {
  name: 'own-places',
  setup(build) {
    build.onLoad({ filter: /[/\\]src[/\\].*\.ts$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8');
      if (!text.includes('import.meta.url')) return undefined;
      const place = relative('src', path).replaceAll(sep, '/').replace(/\.ts$/, '.js');
      const contents = text.replaceAll('import.meta.url', `sourceUrl(${JSON.stringify(place)})`);
      return { loader: 'ts', contents };
    });
  },
};

/** @param folder a folder beside the compiled sources */
export async function bundleProgram(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const { metafile } = await bundle({
    entryPoints: ['src/cli.ts', 'src/testing/serve.ts'],
    entryNames: '[name]',
    chunkNames: 'chunk-[hash]',
    outdir: folder,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24.18',
    metafile: true,
    legalComments: 'none',
    external: LEFT_OUT,
    banner: { js: BANNER },
    plugins: [OWN_PLACES],
  });
  writeFileSync(`${folder}/licences.txt`, licencesOf(metafile));
}
