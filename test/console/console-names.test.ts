import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { insertSecondFactor } from '../../src/people/factors/second-factor-store.ts';
import { signedIn } from '../support/browser.ts';
import { aConsoleWorld, addressOf, PAGES } from '../support/console-world.ts';
import { asSystem, onEveryEngine, type TestApp, testApp } from '../support/test-app.ts';

/** Every column that holds a name that people gave. */
const NAMES: readonly (readonly [table: string, column: string])[] = [
  ['accounts', 'friendly_name'],
  ['api_keys', 'friendly_name'],
  ['connect_apps', 'friendly_name'],
  ['connect_apps', 'company_name'],
  ['incoming_phone_numbers', 'friendly_name'],
  ['usage_triggers', 'friendly_name'],
  ['people', 'name'],
  ['second_factors', 'name'],
];

/** A name that every form refuses now, but that an earlier version may have stored. */
const HOSTILE = 'Zq\u202Eeman';

async function nameEverything({ app }: TestApp): Promise<void> {
  await app.database.write(async (tx) => {
    for (const [table, column] of NAMES) {
      await sql`update ${sql.table(table)} set ${sql.ref(column)} = ${HOSTILE}`.execute(tx);
    }
  });
}

const VOID = new Set(['meta', 'link', 'img', 'br', 'input', 'hr', '!doctype']);
/** Elements that hold text alone. */
const TEXT_ONLY = new Set(['option', 'textarea']);

/** The elements that hold the name directly, by page. */
function holdersOf(text: string): string[] {
  const open: string[] = [];
  const holders: string[] = [];
  for (const [token] of text.matchAll(/<[^>]*>|[^<]+/g)) {
    const [, end, element = ''] = /^<(\/?)([a-z0-9!-]+)/i.exec(token) ?? [];
    if (element === '') {
      if (token.includes('Zq')) holders.push(open.at(-1) ?? '');
      if (open.at(-1) === 'title') assert.ok(!token.includes('\u202E'), token);
    } else if (end === '/') {
      open.splice(open.lastIndexOf(element));
    } else if (!VOID.has(element.toLowerCase()) && !token.endsWith('/>')) {
      open.push(element);
    }
  }
  return holders.filter((element) => element !== 'title' && !TEXT_ONLY.has(element));
}

onEveryEngine('names on pages', (engine) => {
  test('stand apart from the writing around them, on every page', async () => {
    await using app = await testApp({ engine });
    const world = await aConsoleWorld(app);
    await asSystem(app, ({ tx, now }) =>
      insertSecondFactor(tx, {
        sid: app.app.newSid('SF'),
        person_sid: world.operator.sid,
        kind: 'totp',
        name: 'Phone',
        sealed: null,
        sealed_with: null,
        credential_id: null,
        public_key: null,
        counter: 0,
        date_created: now,
        date_last_used: null,
      }),
    );
    await nameEverything(app);
    const browser = await signedIn(app, world.operator);
    let names = 0;
    const loose: string[] = [];
    for (const page of PAGES.filter(({ show }) => show)) {
      const { text, headers } = await browser.get(addressOf(page, world));
      if (!headers['content-type']?.startsWith('text/html')) continue;
      const holders = holdersOf(text);
      names += holders.length;
      const others = holders.filter((element) => element !== 'bdi');
      if (others.length > 0) loose.push(`${page.path}: ${others.join(', ')}`);
    }
    assert.deepEqual(loose, []);
    assert.ok(names > 50);
  });
});
