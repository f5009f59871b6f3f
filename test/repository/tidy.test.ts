import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { suite, test } from 'node:test';

/**
 * The stack of `src`. A file imports from its own folder and from folders above it in this list,
 * never from below (ARCHITECTURE.md).
 */
const STACK = [
  // bin/ has it, because an old Node.js must read it.
  'newer-node.js',
  'kit',
  'config.ts',
  'db',
  'app.ts',
  'audit',
  'access',
  'http',
  'describe',
  'pages',
  'accounts',
  'jobs',
  'webhooks',
  'people',
  'connect-apps',
  'authorizations',
  'usage',
  'carrier',
  'carriers',
  'twiml',
  'numbers',
  'messages',
  'recordings',
  'voice',
  'calls',
  'absent',
  'lifecycle',
  'simulator',
  'verify',
  'notebooks',
  'consent',
  'console',
  'demo',
  'control',
  'routes.ts',
  'conformance',
  'workers.ts',
  'main.ts',
  'intercept',
  'testing',
  'cli',
  'cli.ts',
];

/** A citation of the contract in a comment: a page and a heading. */
const CITATION = /docs\/contract\/(\w+\.md), "([^"]+)"/g;
/** Papers that are not in the repository. Each letter in brackets keeps this line from matching. */
const OUTSIDE =
  /contract [§]|reliability [§T]|product[.]md|twilio-contrac[t]|product decisio[n]|(?:study|notebook) [§]|seed [0]\d/i;

const MAX_LINES = 300;
/** The most files of a folder, including tests. */
const MAX_FILES = 36;
const sources = globSync('src/**/*.ts').filter((file) => !file.endsWith('.test.ts'));

function floorOf(file: string): number {
  const [, room = ''] = normalize(file).split('/');
  const floor = STACK.indexOf(room);
  assert.notEqual(floor, -1, `${file}: ${room} has no place in the stack`);
  return floor;
}

/** The relative imports of each file, types too. */
function importsOf(files: readonly string[]): Map<string, Set<string>> {
  const found = files.map((file): [string, Set<string>] => {
    const text = readFileSync(file, 'utf8');
    const targets = text.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g);
    return [file, new Set([...targets].map(([, target = '']) => join(file, '..', target)))];
  });
  return new Map(found);
}

/** The room and the inner room of a file: for `src/http/pages/page.ts`, `http` and `pages`. */
function innerRoomOf(file: string): [room: string | undefined, inner: string | undefined] {
  const [, room, ...rest] = normalize(file).split('/');
  return [room, rest.length > 1 ? rest[0] : undefined];
}

/** The members of circles in the arrows; empty without a circle. */
function circleIn(arrows: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const rest = new Map(arrows);
  for (let before = -1; before !== rest.size; ) {
    before = rest.size;
    for (const [from, targets] of rest) {
      if (![...targets].some((to) => rest.has(to))) rest.delete(from);
    }
  }
  return [...rest.keys()];
}

suite('the sources', () => {
  test('import one way', () => {
    for (const file of sources) {
      const text = readFileSync(file, 'utf8');
      for (const [, target = ''] of text.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)) {
        const imported = join(file, '..', target);
        assert.ok(floorOf(imported) <= floorOf(file), `${file} imports ${target} from below`);
      }
    }
  });

  test('form no circle of imports, by file or by room within a room', () => {
    assert.deepEqual(circleIn(importsOf(sources)), [], 'these files import each other');
    const rooms = new Map<string, Set<string>>();
    for (const [file, imported] of importsOf(sources)) {
      const [room, inner] = innerRoomOf(file);
      for (const target of imported) {
        const [otherRoom, other] = innerRoomOf(target);
        if (room !== otherRoom || inner === other || !inner || !other) continue;
        rooms.set(
          `${room}/${inner}`,
          (rooms.get(`${room}/${inner}`) ?? new Set()).add(`${room}/${other}`),
        );
      }
    }
    assert.deepEqual(circleIn(rooms), [], 'these rooms import each other');
  });

  test('lie in folders of at most 36 files', () => {
    const folders = Map.groupBy(globSync('{src,test,bench,scripts}/**/*.*'), (file) =>
      dirname(file),
    );
    for (const [folder, files] of folders) {
      assert.ok(files.length <= MAX_FILES, `${folder} has ${files.length} files`);
    }
  });

  test('keep to their kind: SQL in stores only, no decisions in stores, no reads in views', () => {
    const features = sources.filter((file) => floorOf(file) >= STACK.indexOf('accounts'));
    for (const file of features) {
      const text = readFileSync(file, 'utf8');
      const queries = /\.(selectFrom|insertInto|updateTable|deleteFrom)\(/.test(text);
      assert.ok(!queries || file.endsWith('-store.ts'), `${file} holds SQL and is no store`);
      if (file.endsWith('-store.ts')) {
        assert.doesNotMatch(text, /throw new|from '\.\.\/http\//, `${file} decides something`);
      }
      if (file.endsWith('-views.ts')) {
        const asks = /^import (?!type)[^;]*-store\.ts'|\bcall\.change\b|\.db\b/m;
        assert.doesNotMatch(text, asks, `${file} reads or changes something`);
      }
    }
  });

  test('keep what belongs to one server in its `App`, and read steps by their schemas', () => {
    for (const file of sources) {
      const text = readFileSync(file, 'utf8');
      assert.doesNotMatch(text, /(?:Weak)?Map<App\b/, `${file} keeps servers apart by itself`);
      assert.doesNotMatch(text, /JSON\.parse\(\w*\.?step\)/, `${file} reads a step as it stands`);
    }
  });

  test('read the environment, the time and chance in one place each', () => {
    const allowed: Record<string, RegExp> = {
      'process.env': /^src\/(config|cli|cli\/.*|testing\/environment)\.ts$/,
      'Date.now': /^src\/app\.ts$/,
      'new Date()': /^$/,
      'Math.random': /^$/,
    };
    for (const file of sources) {
      const text = readFileSync(file, 'utf8');
      for (const [call, where] of Object.entries(allowed)) {
        assert.ok(!text.includes(call) || where.test(file), `${file} uses ${call}`);
      }
    }
  });

  test('are small and finished', () => {
    for (const file of globSync('{src,test,bench,scripts,bin}/**/*.{ts,js,mjs,cjs,py}')) {
      const text = readFileSync(file, 'utf8');
      const lines = text.split('\n').length;
      assert.ok(lines <= MAX_LINES, `${file} has ${lines} lines`);
      const leftover = new RegExp(['TO', 'DO|FIX', 'ME'].join(''));
      assert.doesNotMatch(text, leftover, `${file} has something left to do`);
    }
  });

  test('cite no paper from outside of the repository', () => {
    for (const file of globSync('{src,test,bench,scripts,docs}/**/*.{ts,js,md}')) {
      const text = readFileSync(file, 'utf8');
      assert.doesNotMatch(text, OUTSIDE, `${file} cites a paper from outside of the repository`);
    }
    const threats = readFileSync('docs/threats.md', 'utf8');
    for (const file of globSync('{src,test}/**/*.ts')) {
      const text = readFileSync(file, 'utf8');
      for (const [, number = ''] of text.matchAll(/docs\/threats\.md, (T\d+)/g)) {
        assert.ok(threats.includes(`| ${number} |`), `${file} cites the threat ${number}`);
      }
    }
  });

  test('cite headings of the contract that exist', () => {
    for (const file of globSync('{src,test,bench,scripts}/**/*.{ts,js,md}')) {
      // A citation may go over the end of a line of its comment.
      const text = readFileSync(file, 'utf8').replaceAll(/\n[\s*/]*/g, ' ');
      for (const [, page = '', heading = ''] of text.matchAll(CITATION)) {
        const path = `docs/contract/${page}`;
        assert.ok(existsSync(path), `${file} cites ${path}`);
        const lines = readFileSync(path, 'utf8').split('\n');
        assert.ok(lines.includes(`## ${heading}`), `${file} cites "${heading}" of ${page}`);
      }
    }
  });
});
