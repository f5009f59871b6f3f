import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
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

/**
 * The beginning of each file: CommonJS libraries need `require`.
 *
 * @param base the expression for the folder of the sources, whose files need their own path
 */
const bannerOf = (base: string) => `\
import { createRequire as createRequireHere } from 'node:module';
const require = createRequireHere(import.meta.url);
const sourceUrl = (path) => new URL(path, ${base}).href;`;

/** Gives each source in the bundle the path of a file: of itself, or of its compiled form. */
const ownPlaces = (isCompiled: boolean): Plugin => ({
  name: 'own-places',
  setup(build) {
    build.onLoad({ filter: /[/\\]src[/\\].*\.ts$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8');
      if (!text.includes('import.meta.url')) return undefined;
      const source = relative('src', path).replaceAll(sep, '/');
      const place = isCompiled ? source.replace(/\.ts$/, '.js') : source;
      const contents = text.replaceAll('import.meta.url', `sourceUrl(${JSON.stringify(place)})`);
      return { loader: 'ts', contents };
    });
  },
});

/**
 * @param folder a folder beside the compiled sources
 * @param sources the folder of the sources, if the bundle reads files beside them
 */
export async function bundleProgram(folder: string, sources?: string): Promise<void> {
  const base = sources
    ? JSON.stringify(pathToFileURL(`${sources}/`).href)
    : `new URL('../', import.meta.url)`;
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
    banner: { js: bannerOf(base) },
    plugins: [ownPlaces(sources === undefined)],
  });
  writeFileSync(`${folder}/licences.txt`, licencesOf(metafile));
}
