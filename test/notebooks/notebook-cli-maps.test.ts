import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync } from 'node:fs';
import { suite, test } from 'node:test';
import { assertEnded, type NotebookFolder, notebookFolder } from './notebook-command.ts';

const ADDRESS = 'https://example.com/apis/api.raml';

/** Writes a description in a folder of its own. The description includes these files. */
function describe(folder: NotebookFolder, included: string): void {
  mkdirSync(folder.at('apis/parts/deep'), { recursive: true });
  folder.write('secret.raml', 'get:\n');
  folder.write('apis/api.raml', `#%RAML 0.8\ntitle: Mine\nbaseUri: /\n${included}`);
  folder.write('apis/parts/things.raml', '/{ThingSid}: !include deep/thing.raml\n');
  folder.write('apis/parts/deep/thing.raml', 'get: !include ../../verb.yaml\n');
  folder.write('apis/verb.yaml', 'description: Reads one.\n');
}

const mapped = (folder: NotebookFolder) =>
  folder.run(['mapped.md', '--offline', '--map', `${ADDRESS}=apis/api.raml`]);

suite('a description from --map', () => {
  test('includes files beside its file, at any depth', async () => {
    using folder = notebookFolder();
    describe(folder, '/Things: !include parts/things.raml\n');
    folder.notebook(
      'mapped.md',
      `API.createClient('client', '${ADDRESS}'); typeof client.Things.ThingSid('x').get`,
    );
    const run = await mapped(folder);
    assertEnded(run, 0);
    assert.match(run.stdout, /^ok \$0 "function"$/m);
    const files = [...run.stdout.matchAll(/ is (apis\/\S+) \(sha256 [0-9a-f]{64}\)\.$/gm)];
    assert.deepEqual(
      files.map(([, file]) => file),
      ['apis/api.raml', 'apis/parts/things.raml', 'apis/parts/deep/thing.raml', 'apis/verb.yaml'],
    );
  });

  test('cannot be read when an included file is missing or in another folder', async () => {
    using folder = notebookFolder();
    for (const [part, sentence] of [
      ['parts/none.raml', /RamlError: apis\/api\.raml includes apis\/parts\/none\.raml, .*ENOENT/],
      ['parts', /includes apis\/parts, which cannot be read \(EISDIR\)/],
      ['..%2fsecret.raml', /includes apis\/\.\.%2fsecret\.raml, which cannot be read/],
      ['parts/link.raml', /includes apis\/parts\/link\.raml, which lies outside of its folder/],
    ] as const) {
      describe(folder, `/Things: !include ${part}\n`);
      if (part.includes('link')) symlinkSync(folder.at('secret.raml'), folder.at(`apis/${part}`));
      folder.notebook('mapped.md', `API.createClient('client', '${ADDRESS}')`);
      const run = await mapped(folder);
      assertEnded(run, 2);
      assert.match(run.stdout, sentence);
    }
    // An address above the description's folder leads to no file.
    describe(folder, '/Things: !include ../secret.raml\n');
    const above = await mapped(folder);
    assertEnded(above, 3);
    assert.match(above.stdout, /requests to https:\/\/example\.com\./);
  });

  test('opens its folder to no other document', async () => {
    using folder = notebookFolder();
    describe(folder, '/Things:\n  get:\n');
    folder.write('apis/script.js', 'stolen = true');
    folder.notebook('mapped.md', "load('https://example.com/apis/script.js')");
    const run = await mapped(folder);
    assertEnded(run, 3);
    assert.match(run.stdout, /requests to https:\/\/example\.com\./);
  });
});

suite('a failure that follows from another', () => {
  test('is one line, and does not count as a failure', async () => {
    using folder = notebookFolder();
    folder.notebook(
      'zebras.md',
      "API.createClient('client', '/raml/2010-04-01.raml'); sid = prompt('Your Account SID')",
      'found = client.Accounts.AccountSid(sid).Zebras.json.get()',
      '$_.status',
      'first = found.body.zebras[0]',
      'first.name',
      '({ first: 1 }).first.nothing.at.all',
      'client.Accounts.AccountSid(sid).json.get().status',
    );
    const reports = ['junit', 'tap', 'json', 'html'].map((one) => `${one}=out.${one}`).join(',');
    const run = await folder.run(['zebras.md', '--serve', '--report', reports]);
    assertEnded(run, 3);
    assert.match(run.stdout, /^ {4}TypeError: client\.Accounts\.AccountSid\(…\) has no Zebras$/m);
    const lines = run.stdout.split('\n');
    const following = lines.filter((line) => line.includes('follows from $1: '));
    assert.deepEqual(
      following.map((line) => line.slice(0, 10)),
      ['not ok $2 ', 'not ok $3 ', 'not ok $4 '],
    );
    for (const line of following.slice(0, -1)) {
      assert.match(lines[lines.indexOf(line) + 1] ?? '', /^not ok/, 'one line each');
    }
    assert.match(run.stdout, /^7 cells: 2 ok, 2 failed, 3 follow from that \(/m);
    assert.match(folder.read('out.junit'), /tests="7" failures="0" errors="2" skipped="3"/);
    const tap = folder.read('out.tap');
    assert.equal(tap.match(/^not ok/gm)?.length, 2);
    assert.match(tap, /^ok 4 - zebras\.md \$3 # SKIP follows from \$1: /m);
    const json = JSON.parse(folder.read('out.json')) as {
      totals: Record<string, number>;
      notebooks: { cells: { follows: number | null }[] }[];
    };
    assert.deepEqual([json.totals['failed'], json.totals['following']], [2, 3]);
    assert.deepEqual(
      json.notebooks[0]?.cells.map(({ follows }) => follows),
      [null, null, 1, 1, 1, null, null],
    );
    assert.match(folder.read('out.html'), /It follows from \$1: /);
  });

  test('an unanswered prompt is one failure, even when several cells need it', async () => {
    using folder = notebookFolder();
    folder.notebook(
      'ask.md',
      "let colour = prompt('Which colour?')",
      'paint = colour.toUpperCase()',
      "prompt('Which colour?')",
      '`${paint}!`',
      "prompt('Which size?')",
    );
    const run = await folder.run(['ask.md', '--serve', '--report', 'junit=out.xml']);
    assertEnded(run, 3);
    assert.match(run.stdout, /^5 cells: 0 ok, 2 failed, 3 follow from that \(/m);
    assert.equal(run.stdout.match(/ {4}UnansweredError: /g)?.length, 2);
    assert.match(folder.read('out.xml'), /errors="2" skipped="3"/);
  });

  test('a missing script explains the missing names that it would have defined', async () => {
    using folder = notebookFolder();
    folder.notebook('load.md', "load('/nothing.js')", 'chai.assert.ok(true)', 'null.x');
    const run = await folder.run(['load.md', '--serve']);
    assertEnded(run, 3);
    assert.match(run.stdout, /^not ok \$1 follows from \$0: ReferenceError: 'chai'/m);
    assert.match(run.stdout, /^3 cells: 0 ok, 2 failed, 1 follows from that \(/m);
  });

  test('a description with the answer 404 counts as unreadable', async () => {
    using folder = notebookFolder();
    folder.notebook(
      'none.md',
      "API.createClient('client', '/raml/1999.raml')",
      'client.Accounts.json.get()',
    );
    const run = await folder.run(['none.md', '--serve']);
    assertEnded(run, 2);
    assert.match(run.stdout, /RamlError: http:.*\/raml\/1999\.raml was answered with HTTP 404\./);
    assert.match(run.stdout, /^not ok \$1 follows from \$0: /m);
  });
});
