import assert from 'node:assert/strict';
import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import {
  ASSERTION,
  assertEnded,
  CHAI,
  CLIENT,
  cell,
  notebookFolder,
  SEED,
} from './notebook-command.ts';

suite('tieline notebook run', () => {
  test('starts a Tieline, runs a notebook as its developer, and reports each cell', async () => {
    using folder = notebookFolder();
    folder.notebook(
      'guide.md',
      "sid = prompt('Your Account SID, please')",
      `// @name client\n${CLIENT}`,
      "console.log('asking', { for: 'apps' })\nclient.Accounts.AccountSid(sid).ConnectApps.json.get()",
      '// @name numbers\n[1, 2, { three: 3 }]',
    );
    const run = await folder.run(['guide.md', '--serve']);
    assertEnded(run, 0);
    const lines = run.stdout
      .replaceAll(/\d+ ms|\d+\.\d s/g, 'N ms')
      .replaceAll(/AC[0-9a-f]{32}/g, 'AC…');
    assert.deepEqual(lines.trimEnd().split('\n'), [
      'guide.md',
      'ok $0 "AC…"',
      'ok $1 client 200 GET /raml/2010-04-01.raml N ms',
      'ok $2 200 GET /ConnectApps.json N ms (2 requests)',
      '    asking {"for":"apps"}',
      'ok $3 numbers [1, 2, Object]',
      '4 cells: 4 ok (3 requests), N ms',
    ]);
    assert.equal(run.stderr, '');
  });

  if (existsSync(SEED)) {
    test('runs the old notebook unchanged', async () => {
      using folder = notebookFolder();
      copyFileSync(SEED, folder.at('seed.md'));
      const run = await folder.run(['seed.md', '--serve']);
      assertEnded(run, 0);
      assert.match(run.stdout, /^28 cells: 28 ok \(\d+ requests\)/m);
      assert.deepEqual(readFileSync(folder.at('seed.md')), readFileSync(SEED));
    });
  }

  test('shows the line and cause of a failure, and the last request before it', async () => {
    using folder = notebookFolder();
    const missing = "client.Accounts.AccountSid(sid).ConnectApps.ConnectAppSid('CN0').json.get()";
    folder.write(
      'broken.md',
      `---\ntitle: What breaks\n---\n\nSome text.\n\n${[
        cell(CHAI),
        cell(`sid = prompt('Account SID')\n${CLIENT}`),
        cell(`answer = ${missing}`),
        cell('chai.assert.ok(true)', '', 'chai.assert.equal(answer.status, 200)'),
        cell('nothing.here'),
      ].join('\n')}`,
    );
    const run = await folder.run(['broken.md', '--serve']);
    assertEnded(run, 4);
    assert.match(run.stdout, /^broken\.md · What breaks$/m);
    const told = run.stdout.slice(run.stdout.indexOf('not ok $3'));
    const lines = told.split('\n').map((line) => line.replaceAll(/AC[0-9a-f]{32}/g, 'AC…'));
    assert.deepEqual(lines.slice(1, 7), [
      '    broken.md:23',
      '      21 | chai.assert.ok(true)',
      '      22 |',
      '    > 23 | chai.assert.equal(answer.status, 200)',
      '         |                  ^',
      '    AssertionError: expected 404 to equal 200',
    ]);
    assert.equal(lines[7], '    The last request (of $2):');
    assert.match(lines[8] ?? '', /^ {6}GET http:.*\/AC…\/ConnectApps\/CN0\.json$/);
    assert.match(told, /answered 404 in \d+ ms\n {8}\{\n {10}"code": 20404,/);
    // The second failure follows from the first. It sent no request, so it shows none.
    assert.match(
      told,
      /> 27 \| nothing\.here\n {9}\| \^\n {4}ReferenceError: .*\n5 cells: 3 ok, 2 failed/,
    );
  });

  test('ends with an exit code for the cause of the first failure', async () => {
    using folder = notebookFolder();
    const cases: readonly (readonly [number, ...string[]])[] = [
      [0, '1', '2'],
      [3, 'nothing.here'],
      [3, "prompt('Who are you?')"],
      [3, "load('https://example.com/x.js')"],
      [3, 'timeout(50); for (;;) {}'],
      [3, 'var = 1'],
      [4, ASSERTION],
      [4, ASSERTION, 'nothing.here'],
      [3, 'nothing.here', ASSERTION],
    ];
    for (const [place, [expected, ...cells]] of cases.entries()) {
      folder.notebook(`${place}.md`, ...cells);
      assertEnded(await folder.run([`${place}.md`]), expected);
    }
    // A run of several notebooks ends with the lowest code.
    assertEnded(await folder.run(['0.md', '6.md']), 4);
    const both = await folder.run(['6.md', '0.md', '1.md']);
    assertEnded(both, 3);
    assert.match(both.stdout, /^3 notebooks, 4 cells: 2 ok, 2 failed/m);
  });

  test('ends with 2 when a description cannot be read', async () => {
    using folder = notebookFolder();
    folder.notebook('no-raml.md', "API.createClient('client', '/not.raml')", 'client.x');
    folder.write('not.raml', 'title: [this is no RAML\n');
    assertEnded(await folder.run(['no-raml.md', '--map', '/not.raml=not.raml']), 2);
  });

  test('goes on after a failure, and stops at the first one with --bail', async () => {
    using folder = notebookFolder();
    folder.notebook('one.md', 'nothing.here', "console.log('after')");
    folder.notebook('two.md', "console.log('second')");
    const whole = await folder.run(['one.md', 'two.md']);
    assertEnded(whole, 3);
    assert.match(whole.stdout, /^ {4}after$/m);
    const bailed = await folder.run(['one.md', 'two.md', '--bail']);
    assertEnded(bailed, 3);
    assert.doesNotMatch(bailed.stdout, /^ {4}(after|second)$/m);
    const skipped = bailed.stdout.match(/^skipped \$\d \$0 of one\.md failed \(--bail\)\.$/gm);
    assert.equal(skipped?.length, 2);
  });

  test('skips the cells after the end of the sandbox, and says why', async () => {
    using folder = notebookFolder();
    // The engine is busy in native code, and receives no messages.
    const deaf = "'a'.repeat(5e7).indexOf('a'.repeat(1e6) + 'b')";
    folder.notebook('stuck.md', `// @name stuck\n${deaf}`, '1');
    folder.notebook('next.md', '1');
    const run = await folder.run(['stuck.md', 'next.md', '--timeout', '200']);
    assertEnded(run, 3);
    assert.match(run.stdout, /^ {4}LimitError: .*within 200 ms/m);
    assert.match(run.stdout, /^skipped \$1 The sandbox ended with \$0 stuck\.$/m);
    assert.match(run.stdout, /^next\.md\nok \$0 1$/m);
  });

  test('refuses an invalid notebook before it runs anything', async () => {
    using folder = notebookFolder();
    folder.notebook('fine.md', "console.log('ran')");
    folder.write('open.md', `${cell('1')}\nText\n\n\`\`\`javascript\n2\n`);
    folder.write('empty.md', '');
    folder.write('other.md', '```js\n1\n```\n');
    folder.write('binary.md', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0xff, 0xfe]));
    folder.write('nul.md', 'a\0b');
    folder.write('many.md', cell('').repeat(10_001));
    await using desk = folder.desk();
    for (const [file, sentence] of [
      [
        'open.md',
        /^tieline: open\.md:7: .* never closed; add a line of ``` where its code ends\.$/m,
      ],
      ['empty.md', /empty\.md has no cells: .*```javascript/],
      ['other.md', /other\.md has no cells/],
      ['binary.md', /binary\.md is no notebook: it holds no text in UTF-8\./],
      ['nul.md', /nul\.md: The file is not text/],
      ['many.md', /many\.md:\d+: A notebook has at most 10000 code cells/],
    ] as const) {
      const run = await desk.run('notebook', 'run', 'fine.md', file);
      assertEnded(run, 2);
      assert.match(run.stderr, sentence);
      assert.equal(run.stdout, '', file);
    }
  });

  test('reads files with CRLF and a byte order mark', async () => {
    using folder = notebookFolder();
    folder.write(
      'crlf.md',
      `\uFEFF---\ntitle: Lines\n---\n${cell('1', 'nothing')}`.replaceAll('\n', '\r\n'),
    );
    const run = await folder.run(['crlf.md']);
    assertEnded(run, 3);
    assert.match(run.stdout, /^crlf\.md · Lines\n/);
    assert.match(run.stdout, /> 6 \| nothing\n/);
  });

  test('shows a notebook’s output without control characters', async () => {
    using folder = notebookFolder();
    folder.notebook(
      'escape.md',
      "console.log('\\u001b[2Jgone\\rover', '\\u009b1A')",
      "'\\u001b[1m'",
    );
    const run = await folder.run(['escape.md']);
    assertEnded(run, 0);
    assert.match(run.stdout, /^ {4}\\x1b\[2Jgone\\x0dover \\x9b1A$/m);
    assert.match(run.stdout, /^ok \$1 "\\u001b\[1m"$/m);
  });
});
