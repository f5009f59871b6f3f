import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build as bundle, type Metafile, type Plugin } from 'esbuild';
import { licencesOf } from '../src/notebooks/browser-bundles.ts';
import { LIBRARY_FILES, libraryFile } from '../src/pages/library-file.ts';
import { lazyImports } from './lazy-imports.ts';

/**
 * Makes the published form of the program: one CommonJS file with the sources and the libraries of
 * a start, and a file for each library that few processes need.
 *
 * Loading one such file takes a quarter of the time of 1,400 modules. It is CommonJS because
 * `import` of a module of Node.js reads every export of it, and one of `node:http` needs all of
 * `fetch`. A module in the file runs when it is first needed, as a file of its own would.
 */

/** The libraries that load late or never. Each gets a file, so that only its users read it. */
const LATE = [
  '@fastify/busboy',
  '@mediabunny/mp3-encoder',
  '@peculiar/x509',
  '@simplewebauthn/server',
  '@zxcvbn-ts/core',
  '@zxcvbn-ts/language-common',
  'acorn',
  'csv-stringify/sync',
  'dns-packet',
  'mediabunny',
  'pg',
  'pino-pretty',
  'rate-limiter-flexible',
  're2js',
  'reflect-metadata',
  'saxes',
  'tough-cookie',
  'undici',
  'yaml',
];
/** The modules that run when they are first used. The requests of programs need few of them. */
const LAZY = {
  modules:
    /[/\\]src[/\\](absent|calls|carriers|consent|console|control|demo|describe|intercept|lifecycle|messages|notebooks|numbers|pages|people|recordings|simulator|twiml|voice|webhooks)[/\\].*\.ts$/,
  libraries: [
    'acorn',
    'dns-packet',
    'node:child_process',
    'node:https',
    'node:tls',
    'node:worker_threads',
    're2js',
    'saxes',
    'tough-cookie',
  ],
};
/** Packages that the bundle leaves out: they may be missing, or they look for files of their own. */
export const LEFT_OUT = [
  '@jitl/quickjs-wasmfile-release-sync',
  'esbuild',
  'pg-native',
  'quickjs-emscripten-core',
  'sharp',
  'twilio',
];
const LIBRARIES = 'libraries';

/** The longest line of the bundle, but for long texts. */
const LINE_LENGTH = 160;

/** Both programs of the package: the command line, and the server of the test kit. */
const PROGRAM = `
export const cli = () => import('./src/cli.ts');
export const serve = () => import('./src/testing/serve.ts');`;

const COMMON = {
  bundle: true,
  format: 'cjs',
  platform: 'node',
  target: 'node24.7',
  // Without it, a late library would load through the loader of ES modules.
  supported: { 'dynamic-import': false },
  external: LEFT_OUT,
  metafile: true,
  legalComments: 'none',
} as const satisfies BuildOptions;

/** The name of a late library's file. */
const fileOf = (library: string) => `${library.replace(/^@/, '').replaceAll('/', '-')}.cjs`;

/** Leaves out the late libraries, other than the one that is bundled. */
const lateLibraries = (folder: string, bundled?: string): Plugin => ({
  name: 'late-libraries',
  setup(build) {
    build.onResolve({ filter: /^[@\w]/ }, ({ path }) =>
      LATE.includes(path) && path !== bundled
        ? { path: `./${join(folder, fileOf(path))}`, external: true }
        : undefined,
    );
  },
});

/** Only English is used of the 50 languages of zod. Loading all of them delays a start. */
const oneLanguage: Plugin = {
  name: 'one-language',
  setup(build) {
    build.onLoad({ filter: /[/\\]zod[/\\]v4[/\\]locales[/\\]index\.js$/ }, () => ({
      contents: `export { default as en } from './en.js';`,
    }));
  },
};

/** The metrics need a fraction of their library. Each part of it loads when it is first used. */
const partsOfMetrics: Plugin = {
  name: 'parts-of-metrics',
  setup(build) {
    build.onLoad({ filter: /[/\\]prom-client[/\\]index\.js$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replaceAll(
        /^exports\.(\w+) =\s+(require\('[^']+'\)(?:\.\w+)?);/gm,
        'Object.defineProperty(exports, "$1", { enumerable: true, get: () => $2 });',
      ),
    }));
  },
};

/** Gives each source in the bundle the path of a file, for the files that it reads beside itself. */
const ownPlaces: Plugin = {
  name: 'own-places',
  setup(build) {
    build.onLoad({ filter: /[/\\]src[/\\]pages[/\\]library-file\.ts$/ }, () => ({
      contents: `export const libraryFile = (name) =>
        require('node:path').join(__dirname, '${LIBRARIES}', name);`,
    }));
    build.onLoad({ filter: /[/\\]src[/\\].*\.ts$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8');
      if (!text.includes('import.meta.url')) return undefined;
      const place = JSON.stringify(relative('src', path).replaceAll(sep, '/'));
      const contents = text
        .replaceAll(/createRequire\(import\.meta\.url\)(?=\(\s*'[\w-]+')/g, 'require')
        .replaceAll('import.meta.url', `sourceUrl(${place})`);
      return { loader: 'ts', contents };
    });
  },
};

/**
 * @param folder the folder of the bundle
 * @param sources the folder with the files that sources read beside themselves
 */
export async function bundleProgram(folder: string, sources: string): Promise<void> {
  const base = join(relative(folder, sources), '.');
  const { metafile } = await bundle({
    ...COMMON,
    stdin: { contents: PROGRAM, resolveDir: process.cwd(), loader: 'ts' },
    outfile: join(folder, 'tieline.cjs'),
    // A smaller file is read sooner and takes less memory. Names stay, for the stacks of errors.
    minifyWhitespace: true,
    minifySyntax: true,
    // Node.js prints the line of an error that nobody caught.
    lineLimit: LINE_LENGTH,
    banner: {
      js: `'use strict';
const sourceUrl = (path) =>
  require('node:url').pathToFileURL(require('node:path').join(__dirname, ${JSON.stringify(base)}, path)).href;`,
    },
    plugins: [lazyImports(LAZY), lateLibraries(LIBRARIES), oneLanguage, partsOfMetrics, ownPlaces],
  });
  writeFileSync(join(folder, 'serve.cjs'), `'use strict';\nrequire('./tieline.cjs').serve();\n`);
  const metafiles = [metafile];
  for (const library of LATE) metafiles.push(await bundleLibrary(library, folder));
  mkdirSync(join(folder, LIBRARIES), { recursive: true });
  const files = LIBRARY_FILES.map((name) => [name, libraryFile(name)] as const);
  for (const [name, path] of files) copyFileSync(path, join(folder, LIBRARIES, name));
  const copied = Object.fromEntries(files.map(([, path]) => [relative('.', path), NOTHING]));
  const inputs = Object.assign(copied, ...metafiles.map((one) => one.inputs)) as Metafile['inputs'];
  writeFileSync(join(folder, 'licences.txt'), licencesOf({ inputs, outputs: {} }));
}

const NOTHING: Metafile['inputs'][string] = { bytes: 0, imports: [] };

async function bundleLibrary(library: string, folder: string): Promise<Metafile> {
  const { metafile } = await bundle({
    ...COMMON,
    stdin: { contents: `module.exports = require('${library}');`, resolveDir: process.cwd() },
    outfile: join(folder, LIBRARIES, fileOf(library)),
    plugins: [lateLibraries('.', library)],
  });
  return metafile;
}

/** Bundles the program of a thread. @param path its place without the ending, in src/ and in `folder` */
export async function bundleThread(path: string, folder: string): Promise<void> {
  const file = join(folder, `${path}.js`);
  mkdirSync(dirname(file), { recursive: true });
  await bundle({
    ...COMMON,
    format: 'esm',
    supported: {},
    // Libraries in CommonJS need `require`.
    banner: {
      js: `import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);`,
    },
    entryPoints: [fileURLToPath(new URL(`../src/${path}.ts`, import.meta.url))],
    outfile: file,
  });
}
