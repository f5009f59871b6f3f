import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { CALL_STATUSES, inboundCategory, isLive, outboundCategory } from '../../src/calls/call.ts';
import { categoryOf, hasEnded, MESSAGE_STATUSES } from '../../src/messages/message.ts';
import { MESSAGE_ERRORS } from '../../src/messages/message-error.ts';
import { keywordOf } from '../../src/messages/opt-out.ts';
import { RECORDING_STATUSES } from '../../src/recordings/recording.ts';
import { CALL_EVENTS } from '../../src/twiml/call-run.ts';
import { TWIML_ERRORS } from '../../src/twiml/twiml.ts';
import { CATEGORIES } from '../../src/usage/category.ts';
import { SUBRESOURCES } from '../../src/usage/usage-record.ts';
import { PRIORITY, WEIGHT } from '../../src/voice/connection-policy.ts';
import { LONG_SCHEDULE_MS, TWIML_KINDS, WEBHOOK_KINDS } from '../../src/webhooks/webhook.ts';
import { readWebhookUrl } from '../../src/webhooks/webhook-url.ts';

/** Compares tables of the contract with lists in the code. */

const DIRECTORY = new URL('../../docs/contract/', import.meta.url);

/** The text below a heading of the contract, up to the next heading. */
function sectionOf(file: string, heading: string): string {
  const text = readFileSync(new URL(file, DIRECTORY), 'utf8');
  const [, section] = text.split(`\n## ${heading}\n`);
  assert.ok(section, `${file} has no heading "${heading}"`);
  return section.split('\n## ')[0] ?? '';
}

/** The cells of the first table below a heading, without its head and without the marks of code. */
function rowsOf(file: string, heading: string): string[][] {
  const lines = sectionOf(file, heading).split('\n');
  const first = lines.findIndex((line) => line.startsWith('|---'));
  const rest = lines.slice(first + 1);
  const end = rest.findIndex((line) => !line.startsWith('|'));
  return rest.slice(0, end).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', '')),
  );
}

function columnOf(file: string, heading: string, column = 0): string[] {
  return rowsOf(file, heading).map((row) => row[column] ?? '');
}

suite('the tables of the contract', () => {
  test('have the statuses of messages, and say which end one', () => {
    const rows = rowsOf('messages.md', 'Message statuses');
    const expected = MESSAGE_STATUSES.map((status) => [
      status,
      hasEnded({ status }) ? 'yes' : 'no',
    ]);
    assert.deepEqual(
      rows.map(([status, , ends]) => [status, ends]),
      expected,
    );
  });

  test('have the errors of messages', () => {
    assert.deepEqual(columnOf('messages.md', 'Message errors'), Object.keys(MESSAGE_ERRORS));
  });

  test('have the words that stop and restart messages', () => {
    const wishes = { stops: 'stop', restarts: 'start', 'asks for help': 'help' } as const;
    for (const [words = '', does] of rowsOf('messages.md', 'STOP and START')) {
      for (const word of words.split(', ')) {
        assert.equal(keywordOf(word), wishes[does as keyof typeof wishes], word);
      }
    }
  });

  test('have the statuses of calls, and say which end one', () => {
    const rows = rowsOf('calls.md', 'Call statuses');
    const expected = CALL_STATUSES.map((status) => [status, isLive({ status }) ? 'no' : 'yes']);
    assert.deepEqual(
      rows.map(([status, , ends]) => [status, ends]),
      expected,
    );
  });

  test('have the events of calls and the statuses of recordings', () => {
    assert.deepEqual(columnOf('calls.md', 'Call events'), [...CALL_EVENTS]);
    assert.deepEqual(columnOf('recordings.md', 'Recording statuses'), [...RECORDING_STATUSES]);
  });

  test('have the kinds of webhooks with their schedules', () => {
    const rows = rowsOf('webhooks.md', 'Kinds of webhooks');
    assert.deepEqual(
      rows.map(([kind]) => kind),
      [...WEBHOOK_KINDS],
    );
    const never = rows.filter(([, , retries]) => retries === 'never').map(([kind]) => kind);
    assert.deepEqual(never, [...TWIML_KINDS]);
  });

  test('have the overrides of a fragment, with their ends and defaults', () => {
    const usual = readWebhookUrl('https://example.com/').overrides;
    const fields = { ct: 'connect_ms', rt: 'read_ms', tt: 'total_ms', rc: 'retries' } as const;
    const rows = rowsOf('webhooks.md', 'Connection overrides');
    for (const [name, field] of Object.entries(fields)) {
      const [, , least, most, unless] = rows.find(([first]) => first === name) ?? [];
      const read = (value: number) =>
        readWebhookUrl(`https://example.com/#${name}=${value}`).overrides[field];
      assert.equal(usual[field], Number(unless), name);
      assert.equal(read(Number(least)), Number(least), name);
      assert.equal(read(Number(most)), Number(most), name);
      assert.equal(read(Number(least) - 1), usual[field], name);
      assert.equal(read(Number(most) + 1), usual[field], name);
    }
    assert.deepEqual([...usual.retry_on], [rows.find(([first]) => first === 'rp')?.[4]]);
  });

  test('have the long schedule', () => {
    const ms: Readonly<Record<string, number>> = { s: 1_000, min: 60_000, h: 3_600_000 };
    const section = sectionOf('webhooks.md', 'Long schedule').replaceAll('\n', ' ');
    const [, said = ''] = /then after (.*?),? each wait/.exec(section) ?? [];
    const waits = said.split(/, | and /).map((wait) => {
      const [number, unit = ''] = wait.split(' ');
      return Number(number) * (ms[unit] ?? Number.NaN);
    });
    assert.deepEqual([0, ...waits], [...LONG_SCHEDULE_MS]);
  });

  test('have the codes of requests for TwiML that failed', () => {
    const codes = columnOf('webhooks.md', 'Codes of failed requests');
    assert.deepEqual(codes, [...Object.keys(TWIML_ERRORS), '12300'].toSorted());
  });

  test('have the lists of usage', () => {
    const named = columnOf('usage.md', 'Lists of usage records').flatMap((cell) =>
      cell.split(', '),
    );
    const lists = named.map((path) => path.slice(1)).filter((path) => path !== 'Usage/Records');
    assert.deepEqual(lists.toSorted(), Object.values(SUBRESOURCES).toSorted());
  });

  test('have the categories that the product meters, with their units', () => {
    const rows = rowsOf('usage.md', 'Usage categories');
    for (const [name = '', , ...units] of rows) {
      const category = CATEGORIES.get(name);
      assert.deepEqual([category?.count_unit, category?.usage_unit], units, name);
    }
    const types = ['local', 'mobile', 'toll-free'] as const;
    const metered = new Set([
      ...types.map(inboundCategory),
      ...['+14155550100', 'sip:a@example.com', 'client:a'].map(outboundCategory),
      ...(['inbound', 'outbound'] as const).flatMap((direction) => [
        ...types.flatMap((type) =>
          [true, false].map((is_mms) => categoryOf(direction, { is_mms, type })),
        ),
        categoryOf(direction, { is_mms: false, type: 'local', channel: 'whatsapp' }),
      ]),
      'calls-recordings',
      'transcriptions',
      ...types.map((type) => `phonenumbers-${type.replace('-', '')}`),
    ]);
    assert.deepEqual(columnOf('usage.md', 'Usage categories').toSorted(), [...metered].toSorted());
    const [count] = /\d+/.exec(sectionOf('usage.md', 'Usage categories')) ?? [];
    assert.equal(Number(count), CATEGORIES.size);
  });

  test('have the ranges of targets', () => {
    const rows = new Map(
      rowsOf('voice.md', 'Policy and target fields').map((row) => [row[0], row]),
    );
    for (const [name, { min, max, default: usual }] of [
      ['Priority', PRIORITY],
      ['Weight', WEIGHT],
    ] as const) {
      assert.deepEqual(rows.get(name), [name, `${min} to ${max}`, String(usual)]);
    }
  });
});

/** The anchor that a heading has on a shown page of Markdown. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\w\s-]/g, '')
    .replaceAll(/\s/g, '-');
}

function anchorsOf(page: URL): Set<string> {
  const headings = readFileSync(page, 'utf8').matchAll(/^#+ (.+)$/gm);
  return new Set([...headings].map(([, heading = '']) => anchorOf(heading)));
}

suite('the pages of the contract', () => {
  test('link to pages and headings that exist', () => {
    for (const file of readdirSync(DIRECTORY)) {
      const page = new URL(file, DIRECTORY);
      const links = readFileSync(page, 'utf8').matchAll(/\]\((?!\w+:)([^)\s]+)\)/g);
      for (const [, link = ''] of links) {
        const target = new URL(link, page);
        const anchor = target.hash.slice(1);
        target.hash = '';
        assert.ok(existsSync(target), `${file} links to ${link}`);
        if (anchor !== '') assert.ok(anchorsOf(target).has(anchor), `${file} links to ${link}`);
      }
    }
  });

  test('are all listed in the index', () => {
    const index = readFileSync(new URL('README.md', DIRECTORY), 'utf8');
    for (const file of readdirSync(DIRECTORY)) {
      if (file !== 'README.md') assert.ok(index.includes(`](${file})`), file);
    }
  });
});
