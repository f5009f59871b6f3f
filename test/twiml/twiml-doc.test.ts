import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { runCall } from '../../src/twiml/run-call.ts';
import { runReply } from '../../src/twiml/run-reply.ts';
import type { Verb } from '../../src/twiml/twiml.ts';
import { type Known, MESSAGING_VERBS, VOICE_VERBS } from '../../src/twiml/verbs.ts';

const FILE = 'docs/contract/twiml.md';

const INTRODUCTION = `# Verbs and nouns of TwiML

This page is made from the interpreter's list (\`src/twiml/verbs.ts\`), and \`npm test\` compares it with the
list.

A verb or noun marked *told* is not run. The timeline of the call or of the message names it with the warning
12200, and the page of the call shows it. Nothing else happens: no fallback URL is requested, and no error is set.
The same applies to verbs that are not on this page.
`;

const ENDING = `
## Refused documents

A document that is not well-formed XML 1.0, or has a document type, is refused with 12100. A root other than
\`Response\` is refused with 12102, and a \`version\` other than \`2010-04-01\` and \`2008-08-01\` with 12101. Tieline
then requests the fallback URL. In the parameter \`Twiml\` of a call each of these is a 400 with the same code.
`;

function rowsOf(list: Readonly<Record<string, Known>>, within = ''): string[] {
  return Object.entries(list).flatMap(([name, { runs, how, nouns }]) => [
    `| ${within}\`<${name}>\` | ${runs ? 'runs' : 'told'} | ${how} |`,
    ...rowsOf(nouns ?? {}, `${within}\`<${name}>\` › `),
  ]);
}

function tableOf(list: Readonly<Record<string, Known>>): string {
  return ['| verb | | effect |', '|---|---|---|', ...rowsOf(list)].join('\n');
}

const verb = (name: string, children: readonly Verb[] = []): Verb => ({
  name,
  attributes: {},
  text: 'https://example.com/',
  children,
  line: 1,
});

const messagesOf = (events: readonly { readonly detail: object }[]) =>
  events.map(({ detail }) => ('message' in detail ? String(detail.message) : '')).join(' ');

const STATE = {
  base_url: 'https://example.com/',
  is_answered: false,
  seconds: 0,
  max_seconds: 100,
  inputs: [],
};

suite('the list of verbs', () => {
  test('is the page of the contract', () => {
    const page = [
      INTRODUCTION,
      '## In a call\n',
      tableOf(VOICE_VERBS),
      '\n## For a message\n',
      tableOf(MESSAGING_VERBS),
      ENDING,
    ].join('\n');
    if (process.env['UPDATE_DOCS']) writeFileSync(FILE, page);
    assert.equal(existsSync(FILE) ? readFileSync(FILE, 'utf8') : '', page);
  });

  test('is the list of the interpreter of calls', () => {
    for (const [name, { runs, nouns = {} }] of Object.entries<Known>(VOICE_VERBS)) {
      const { events, next } = runCall([verb(name), verb('Hangup')], 0, STATE);
      const isTold = messagesOf(events).includes(`${name} is not run here; the call goes on.`);
      assert.equal(isTold, !runs, name);
      if (!runs) assert.deepEqual(next, { kind: 'end', because: 'hangup' });
      for (const [noun, known] of Object.entries(nouns)) {
        const { events: within } = runCall([verb(name, [verb(noun)])], 0, STATE);
        const isRefused = messagesOf(within).includes(`${noun} is not run in a ${name}`);
        assert.equal(isRefused, !known.runs, `${name} ${noun}`);
      }
    }
    for (const name of ['say', 'constructor', 'Nonsense']) {
      const { events } = runCall([verb(name)], 0, STATE);
      assert.match(messagesOf(events), /is not run here; the call goes on\./);
    }
  });

  test('is the list of the interpreter of messages', () => {
    const all = new Set([...Object.keys(VOICE_VERBS), ...Object.keys(MESSAGING_VERBS), 'toString']);
    for (const name of all) {
      const { events, replies, next } = runReply([verb(name)], 'https://example.com/');
      const isKnown = Object.hasOwn(MESSAGING_VERBS, name);
      assert.equal(messagesOf(events).includes('is not run for a message'), !isKnown, name);
      assert.equal(replies.length > 0 || next !== null, isKnown, name);
    }
  });
});
