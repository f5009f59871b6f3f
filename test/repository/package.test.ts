import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { hash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { promisify } from 'node:util';
import { ORIGINAL } from '../../scripts/published-manifest.ts';
import { oldestNode } from '../support/oldest-node.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { runTieline, startTieline } from '../support/tieline-process.ts';

const run = promisify(execFile);

const CHECKOUT = join(import.meta.dirname, '..', '..');
/** The parts of the checkout that npm needs to pack it. */
const SOURCES = [
  'bin',
  'src',
  'scripts',
  'docs',
  'biome.json',
  'package.json',
  'tsconfig.json',
  'tsconfig.build.json',
];
const TEXTS = ['CHANGELOG.md', 'LICENSE', 'README.md'];
const INSTALL_MS = 180_000;
/** The most that an installed package takes on the disk, with everything that it needs. */
const MAX_MEGABYTES = 60;

/** Defines a test that installs packages. `npm test` says when no registry is reachable. */
function withRegistry(name: string, story: () => Promise<void>): void {
  if (process.env['TEST_REGISTRY']) test(name, story);
}

suite('the published package', () => {
  const folder = temporaryFolder();
  const copy = folder.at('checkout');
  const project = folder.at('project');
  const inside = folder.at('package');
  let digestBefore: string;

  before(async () => {
    for (const name of [...SOURCES, ...TEXTS]) {
      cpSync(join(CHECKOUT, name), join(copy, name), { recursive: true });
    }
    symlinkSync(join(CHECKOUT, 'node_modules'), join(copy, 'node_modules'));
    digestBefore = digestOfFiles(copy);
    await onThisNode(copy, 'npm', 'pack', '--pack-destination', folder.path);
    const [file = ''] = globSync('*.tgz', { cwd: folder.path });
    await run('tar', ['-xzf', file], { cwd: folder.path });
    mkdirSync(project);
    writeFileSync(join(project, 'package.json'), '{ "private": true }\n');
  });
  after(() => folder[Symbol.dispose]());

  test('is packed without a changed byte in the checkout', () => {
    assert.equal(digestOfFiles(copy), digestBefore);
  });

  test('holds the program, the files that it reads, the types of the kit, and nothing else', () => {
    const files = filesOf(inside);
    const outside = files.filter((name) => !name.startsWith('dist/'));
    const notebooks = filesOf(join(copy, 'docs/notebooks')).map((name) => `docs/notebooks/${name}`);
    assert.ok(notebooks.length > 0);
    const programs = filesOf(join(copy, 'bin')).map((name) => `bin/${name}`);
    assert.ok(programs.includes('bin/tieline.js'));
    const expected = ['LICENSE', 'README.md', ...notebooks, ...programs, 'package.json'];
    assert.deepEqual(outside, expected.toSorted());
    const read = filesOf(join(copy, 'src')).filter((name) => !/\.(?:ts|md)$|tsconfig/.test(name));
    const bundled = ['page.bundle.js', 'worker.bundle.js', 'licences.txt'];
    const made = bundled.map((name) => `notebooks/browser/${name}`);
    const program = ['tieline.cjs', 'serve.cjs', 'licences.txt'].map((name) => `bundle/${name}`);
    const threads = ['notebooks/run/node-worker.js', 'carriers/media/thread.js'];
    const parts = [...program, ...threads, 'testing/testing.cjs'];
    const inDist = files.filter((name) => /^dist\/(?!docs\/)/.test(name));
    for (const name of ['index.html', '404.html', 'guides/run/index.html', 'llms.txt']) {
      assert.ok(files.includes(`dist/docs/${name}`), `${name} of the documentation`);
    }
    const types = inDist.filter((name) => /^dist\/testing\/.*\.d\.c?ts$/.test(name));
    const libraries = inDist.filter((name) => name.startsWith('dist/bundle/libraries/'));
    const here = [...read, ...made, ...parts].map((name) => `dist/${name}`);
    assert.deepEqual(inDist, [...here, ...types, ...libraries].toSorted());
    for (const name of ['start-tieline.d.ts', 'control-types.d.ts', 'testing.d.cts']) {
      assert.ok(types.includes(`dist/testing/${name}`), name);
    }
    for (const name of ['pg.cjs', 'pico.min.css', 'undici.cjs']) {
      assert.ok(libraries.includes(`dist/bundle/libraries/${name}`), name);
    }
    const licences = {
      'notebooks/browser': ['@codemirror/view', 'markdown-it', 'acorn', 'yaml'],
      bundle: ['fastify', 'kysely', 'zod', 'pg', 'undici', '@picocss/pico'],
    };
    for (const [part, names] of Object.entries(licences)) {
      const text = readFileSync(join(inside, 'dist', part, 'licences.txt'), 'utf8');
      for (const name of names) {
        assert.match(text, new RegExp(`^${name}\n\n\\S`, 'm'), `the licence of ${name}`);
      }
    }
  });

  test('needs no other runtime, no tools of the checkout, and no library that the bundle holds', () => {
    const manifest = manifestIn(inside);
    const { scripts, allowScripts, devDependencies, optionalDependencies, ...kept } =
      manifestIn(copy);
    assert.ok(scripts && allowScripts && devDependencies && optionalDependencies);
    const names = ['@jitl/quickjs-wasmfile-release-sync', 'quickjs-emscripten-core'];
    const all = kept['dependencies'] as Record<string, string>;
    const dependencies = Object.fromEntries(names.map((name) => [name, all[name]]));
    assert.deepEqual(manifest, { ...kept, dependencies });
    assert.deepEqual(Object.keys(kept['peerDependencies'] as object), ['sharp', 'twilio']);
  });

  test('repairs a checkout after a packing that was cut off, before it makes anything', async () => {
    const [manifest, format] = [join(copy, 'package.json'), join(copy, 'biome.json')];
    cpSync(manifest, join(copy, ORIGINAL));
    writeFileSync(manifest, '{}\n');
    // The first file that a packing makes is formatted, so this one makes nothing.
    writeFileSync(format, 'no JSON');
    await assert.rejects(onThisNode(copy, 'node', 'scripts/prepack.ts'), /biome/);
    cpSync(join(CHECKOUT, 'biome.json'), format);
    assert.equal(digestOfFiles(copy), digestBefore);
  });

  test('is not published with the package.json of the checkout', async () => {
    await assert.rejects(onThisNode(copy, 'npm', 'publish', '--dry-run'), /npm publish with the/);
    assert.equal(digestOfFiles(copy), digestBefore);
  });

  withRegistry('installs and serves on the oldest Node.js that it names', async () => {
    const { name, version } = oldestNode();
    const [file = ''] = globSync('*.tgz', { cwd: folder.path });
    const install = ['install', '--prefer-offline', '--no-audit', '--no-fund'];
    await onThisNode(project, 'npm', ...install, folder.at(file), `${name}@${version}`);
    const binaries = join(project, 'node_modules', '.bin');
    const env = { PATH: [binaries, '/usr/bin', '/bin'].join(delimiter) };
    const { stdout } = await run('node', ['--version'], { env });
    assert.equal(stdout.trim(), `v${version}`);

    const at = { cwd: project, env, command: [join(binaries, 'tieline')] } as const;
    await using server = await startTieline(['--data', 'data'], at);
    const answer = await server.fetch(`/2010-04-01/Accounts/${server.developer.username}.json`);
    assert.equal(answer.status, 200);
    for (const name of ['esbuild', 'fastify', 'sharp', 'twilio', 'zod']) {
      assert.ok(!existsSync(join(project, 'node_modules', name)), name);
    }
    const megabytes = sizeOf(join(project, 'node_modules'), /^node-/) / 1_000_000;
    assert.ok(megabytes <= MAX_MEGABYTES, `${megabytes} MB are installed`);
    const worker = await server.fetch('/assets/notebook-worker.js');
    assert.equal(worker.status, 200, 'the scripts of the notebook page came along');
    assert.match(await worker.text(), /postMessage/);
    for (const path of [
      '/openapi.json',
      '/raml/2010-04-01.raml',
      '/raml/v1.raml?raml=1.0',
      '/docs',
    ]) {
      assert.equal((await server.fetch(path)).status, 200, path);
    }
    const { status, stderr } = await server.end('SIGTERM');
    assert.equal(status, 0);
    assert.doesNotMatch(stderr, /Warning/);

    // The package also has the parts that the bundle loads late: a sandbox, chai, RAML, a CA.
    const notebooks = globSync('node_modules/tieline/docs/notebooks/*.md', { cwd: project });
    const told = await runTieline(['notebook', 'run', ...notebooks, '--serve', '--yes'], at);
    assert.equal(told.status, 0, told.stdout + told.stderr);
    const ask =
      "fetch('https://api.twilio.com/healthz').then((r) => { process.exitCode = r.status })";
    const home = { HOME: folder.path, XDG_DATA_HOME: folder.at('share') };
    const inside = { ...at, env: { ...env, ...home } };
    const asked = await runTieline(['run', '--offline', '--', 'node', '-e', ask], inside);
    assert.equal(asked.status, 200, asked.stderr);
  });
});

/** Runs npm or a script on the Node.js of the tests, also when the script itself runs `node`. */
function onThisNode(cwd: string, program: string, ...parameters: string[]) {
  const PATH = [dirname(process.execPath), process.env['PATH']].join(delimiter);
  return run(program, parameters, { cwd, timeout: INSTALL_MS, env: { ...process.env, PATH } });
}

function manifestIn(folder: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, unknown>;
}

/** The bytes of all files of a folder. @param without the folders in it that do not count */
function sizeOf(folder: string, without: RegExp): number {
  const files = filesOf(folder).filter((name) => !without.test(name));
  return files.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}

/** The names of all files, in order. */
function filesOf(folder: string): string[] {
  const found = globSync('**/*', { cwd: folder, withFileTypes: true });
  const files = found.filter((entry) => entry.isFile());
  return files
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1))
    .toSorted();
}

/** A digest of all files of a checkout that git would see. */
function digestOfFiles(checkout: string): string {
  const seen = filesOf(checkout).filter((name) => !/^(dist|node_modules)\//.test(name));
  const texts = seen.map((name) => `${name}\n${readFileSync(join(checkout, name), 'utf8')}`);
  return hash('sha256', texts.join('\n'));
}
