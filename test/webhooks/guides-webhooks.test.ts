import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { DELIVERY_STATES, LONG_SCHEDULE_MS, WEBHOOK_KINDS } from '../../src/webhooks/webhook.ts';

const GUIDE = readFileSync('docs/guides/webhooks.md', 'utf8');

/** The code in the first cells of a table. */
function codesOf(head: string): string[] {
  const [, table = ''] = GUIDE.split(`${head}\n`);
  const [rows = ''] = table.split('\n\n');
  return [...rows.matchAll(/^\| `([^`]+)` \|/gm)].map(([, code]) => code ?? '');
}

test('the guide of webhooks names every kind and every state', () => {
  assert.deepEqual(codesOf('| `kind` | reports | is set by |'), [...WEBHOOK_KINDS]);
  assert.deepEqual(codesOf('| state | means |'), [...DELIVERY_STATES]);
  assert.match(GUIDE, new RegExp(`\\| attempts \\| ${LONG_SCHEDULE_MS.length} \\|`));
});
