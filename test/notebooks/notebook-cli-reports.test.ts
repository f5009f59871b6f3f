import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { suite, test } from 'node:test';
import { parse } from 'yaml';
import { child, parseXml } from '../conformance/sdk-world.ts';
import { ASSERTION, assertEnded, CLIENT, cell, notebookFolder } from './notebook-command.ts';

/** A cell for each outcome, and text that is awkward in every format. */
const NOTEBOOK = `---
title: <Reports> & "such"
---

Some <b>text</b> & more.

${[
  cell('// @name client', CLIENT, "sid = prompt('Account SID')"),
  cell("apps = client.Accounts.AccountSid(sid).ConnectApps.json.get({ PageSize: '1' })"),
  cell("console.warn('a ]]> <b> \\u0001 # not a directive')", ASSERTION),
  cell("throw new TypeError('second: # \\\\ \\n ... \\n--- ]]> \\u0000')"),
  cell("({ '<i>': [1, { deep: '</script>' }] })"),
].join('\n')}`;

const FORMATS = ['junit', 'json', 'html', 'tap', 'har'] as const;

suite('the reports of tieline notebook run', () => {
  test('show the same complete run in every format, several at once', async () => {
    using folder = notebookFolder();
    folder.write('a.md', NOTEBOOK);
    folder.notebook('b.md', '1', 'nothing.here');
    const flags = FORMATS.slice(0, 3).map((format) => `${format}=out/report.${format}`);
    const others = FORMATS.slice(3).map((format) => `${format}=out/report.${format}`);
    const reports = ['--report', flags.join(','), ...others.flatMap((one) => ['--report', one])];
    const run = await folder.run(['a.md', 'b.md', '--serve', ...reports]);
    assertEnded(run, 3);
    assert.deepEqual(
      readdirSync(folder.at('out')).toSorted(),
      FORMATS.map((format) => `report.${format}`).toSorted(),
    );
    assertJunit(folder.read('out/report.junit'));
    assertJson(folder.read('out/report.json'));
    assertTap(folder.read('out/report.tap'));
    assertHar(folder.read('out/report.har'));
    assertHtml(folder.read('out/report.html'));
  });

  test('name the omitted parts', async () => {
    using folder = notebookFolder();
    folder.notebook('a.md', ASSERTION, '1');
    folder.notebook('b #1.md', '1');
    const flags = ['--bail', '--report', 'junit=j.xml,json=j.json,tap=t.tap,html=h.html'];
    assertEnded(await folder.run(['a.md', 'b #1.md', ...flags]), 4);
    const [suite] = parseXml(folder.read('j.xml')).children;
    assert.equal(suite?.attributes['skipped'], '1');
    assert.match(child(suite?.children[1], 'skipped').attributes['message'] ?? '', /--bail/);
    const { notebooks } = JSON.parse(folder.read('j.json'));
    assert.equal(notebooks[0].cells[1].state, 'skipped');
    assert.match(
      folder.read('t.tap'),
      /^ok 2 - a\.md \$1 # SKIP \$0 of a\.md failed \(--bail\)\.$/m,
    );
    // A number sign that is not escaped would begin a directive.
    assert.match(folder.read('t.tap'), /^ok 3 - b \\#1\.md \$0 # SKIP /m);
    assert.match(folder.read('h.html'), /<article class="skipped">/);
  });

  test('leave standard output to the report that uses it', async () => {
    using folder = notebookFolder();
    folder.notebook('a.md', '1');
    const run = await folder.run(['a.md', '--report', 'json=-']);
    assertEnded(run, 0);
    assert.equal(JSON.parse(run.stdout).exit_code, 0);
    assert.match(run.stderr, /^ok \$0 1$/m);
  });

  test('that cannot be written give an error, and a device is never replaced', async () => {
    using folder = notebookFolder();
    folder.notebook('a.md', '1');
    const run = await folder.run(['a.md', '--report', 'tap=a.md/report.tap,json=/dev/null']);
    assertEnded(run, 1);
    assert.match(
      run.stdout,
      /^The tap report could not be written to a\.md\/report\.tap \(.*\): name a file /m,
    );
  });
});

function assertJunit(text: string): void {
  const root = parseXml(text);
  assert.equal(root.name, 'testsuites');
  const { tests, failures, errors, skipped } = root.attributes;
  assert.deepEqual(
    { tests, failures, errors, skipped },
    { tests: '7', failures: '1', errors: '2', skipped: '0' },
  );
  const [first] = root.children;
  assert.equal(first?.attributes['name'], 'a.md');
  const cases = first?.children ?? [];
  assert.deepEqual(
    cases.map(({ attributes }) => attributes['name']),
    ['$0 client', '$1', '$2', '$3', '$4'],
  );
  for (const { attributes } of cases) assert.match(attributes['time'] ?? '', /^\d+\.\d{3}$/);
  assert.match(child(cases[2], 'failure').text, /^AssertionError: no\nat a\.md:\d+\nGET http/);
  assert.match(child(cases[2], 'system-out').text, /^warn: a \]\]> <b> \u{FFFD} # not/u);
  assert.equal(child(cases[3], 'error').attributes['type'], 'TypeError');
}

function assertJson(text: string): void {
  const report = JSON.parse(text);
  const { format, version, exit_code, totals, notebooks } = report;
  assert.deepEqual([format, version, exit_code], ['tieline-notebook-run', 1, 3]);
  assert.deepEqual(totals, {
    cells: 7,
    ok: 4,
    failed: 3,
    following: 0,
    skipped: 0,
    requests: 3,
  });
  const [{ file, title, sha256, cells }] = notebooks;
  assert.deepEqual([file, title], ['a.md', '<Reports> & "such"']);
  assert.match(sha256, /^[0-9a-f]{64}$/);
  assert.deepEqual(
    cells.map(({ state }: { state: string }) => state),
    ['ok', 'ok', 'failed', 'failed', 'ok'],
  );
  assert.equal(cells[2].failure.cause, 'assertion');
  assert.equal(cells[1].requests.at(-1).response.status, 200);
  assert.equal(cells[4].preview, 'Object {"<i>": Array[2]}');
  assert.equal(cells[4].value.entries[0].value.entries[1].value.entries[0].value.text, '</script>');
}

function assertTap(text: string): void {
  const lines = text.trimEnd().split('\n');
  assert.deepEqual(lines.slice(0, 2), ['TAP version 14', '1..7']);
  const points = lines.filter((line) => /^(not )?ok /.test(line));
  assert.deepEqual(points, [
    'ok 1 - a.md $0 client',
    'ok 2 - a.md $1',
    'not ok 3 - a.md $2',
    'not ok 4 - a.md $3',
    'ok 5 - a.md $4',
    'ok 6 - b.md $0',
    'not ok 7 - b.md $1',
  ]);
  // A line that is neither a test line nor in a YAML block is not TAP.
  const blocks = [...text.matchAll(/^ {2}---\n([^]*?)^ {2}\.\.\.\n/gm)].map(
    ([, yaml]) => yaml ?? '',
  );
  const [assertion, second] = blocks.map((yaml) => parse(yaml) as Record<string, unknown>);
  assert.equal(blocks.length, 3);
  assert.equal(assertion?.['message'], 'no');
  assert.equal((assertion?.['request'] as { status: number } | undefined)?.status, 200);
  assert.match(String(second?.['message']), /^second: # \\ \n \.\.\. \n--- \]\]>/);
  for (const line of text
    .replaceAll(/^ {2}---\n[^]*?^ {2}\.\.\.\n/gm, '')
    .trimEnd()
    .split('\n')) {
    assert.match(line, /^(TAP version 14|1\.\.7|(not )?ok \d|# )/);
  }
}

function assertHar(text: string): void {
  const { log } = JSON.parse(text);
  assert.deepEqual([log.version, log.pages.length, log.entries.length], ['1.2', 2, 3]);
  for (const { request } of log.entries) {
    const names = request.headers.map(({ name }: { name: string }) => name.toLowerCase());
    assert.ok(!names.includes('authorization'));
  }
  const [, , last] = log.entries;
  assert.equal(last.pageref, 'notebook-1');
  assert.equal(last.comment, '$1');
  assert.equal(last.response.status, 200);
  assert.deepEqual(last.request.queryString, [{ name: 'PageSize', value: '1' }]);
  assert.ok(!Number.isNaN(Date.parse(last.startedDateTime)));
  assert.equal(last.timings.send + last.timings.wait + last.timings.receive, last.time);
}

function assertHtml(text: string): void {
  assert.match(text, /^<!doctype html>/);
  assert.doesNotMatch(text, /<script|<link|<img|<b>|<i>|src=|href=/);
  assert.match(text, /<title>Failed: Notebooks<\/title>/);
  assert.match(text, /<p class="text">Some &lt;b&gt;text&lt;\/b&gt; &amp; more\.<\/p>/);
  assert.equal(text.match(/<article class="(ok|failed)">/g)?.length, 7);
  assert.match(text, /<details open[^>]*><summary>Object \{&quot;&lt;i&gt;&quot;: Array\[2\]\}/);
  assert.match(text, /-u &quot;\$TWILIO_ACCOUNT_SID:\$TWILIO_AUTH_TOKEN&quot;/);
}
