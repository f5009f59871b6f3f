import assert from 'node:assert/strict';
import { test } from 'node:test';
import { act } from '../../src/audit/act.ts';
import { aPerson, signedIn, unescaped } from '../support/browser.ts';
import {
  asSystem,
  connectLogin,
  loginOf,
  onEveryEngine,
  START_OF_TIME,
  testApp,
} from '../support/test-app.ts';

const DAY = 24 * 3_600_000;

/** The actions on the page, in its order. */
function actionsOn(page: string): string[] {
  const log = /<ol class="log"[\s\S]*<\/ol>/.exec(page)?.[0] ?? '';
  return [...log.matchAll(/<strong>([^<]*)<\/strong>/g)].map(([, words]) => words ?? '');
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

onEveryEngine('the audit log', (engine) => {
  test('shows actors and acts, in subaccounts too, and filters them', async () => {
    await using app = await testApp({ engine });
    const owner = await app.anAccount();
    const customer = await app.anAccount();
    const ann = await aPerson(app, customer, { name: 'Ann <b>' });
    const browser = await signedIn(app, ann);
    const own = `/console/${customer.sid}/audit-log`;
    const connectApp = await app.aConnectApp(owner, { friendly_name: 'Counter' });
    const grant = await app.aGrant(connectApp, customer);
    app.advance(DAY);
    const made = await app.post('/v1/ConnectionPolicies', connectLogin(grant, owner), {
      FriendlyName: 'By the app',
    });
    assert.equal(made.status, 201);
    app.advance(DAY);
    const rename = await browser.get(`/console/${customer.sid}/rename`);
    await browser.submit(rename, `/console/${customer.sid}/rename`, { FriendlyName: 'New' });
    const login = loginOf(customer);
    await app.post(`/2010-04-01/Accounts/${customer.sid}/Keys.json`, login, {});

    const all = await browser.get(own);
    assert.equal(all.status, 200);
    assert.deepEqual(actionsOn(all.text), [
      'Key created',
      'Account renamed',
      'Connection policy created',
      'Grant given',
      'Account created',
      'Person added',
      'Account created',
    ]);
    assert.match(all.text, /Ann &lt;b&gt;<\/bdi><br \/><small>A person/);
    assert.match(all.text, /Counter<\/bdi><br \/><small>A Connect app/);

    const found = async (filter: Record<string, string>) =>
      actionsOn((await browser.get(`${own}?${new URLSearchParams(filter).toString()}`)).text);
    assert.deepEqual(await found({ actor_kind: 'connect_app' }), ['Connection policy created']);
    assert.deepEqual(await found({ actor_kind: 'person' }), ['Account renamed']);
    assert.deepEqual(await found({ action: 'grant.given' }), ['Grant given']);
    const first = dayOf(START_OF_TIME);
    const second = dayOf(START_OF_TIME + DAY);
    assert.deepEqual(await found({ from: second, to: second }), ['Connection policy created']);
    assert.equal((await found({ to: first })).length, 4);
    assert.deepEqual(await found({ from: second, actor_kind: 'person' }), ['Account renamed']);
    assert.deepEqual(await found({ sid: made.json.sid }), ['Connection policy created']);
    assert.deepEqual(await found({ sid: connectApp.sid }), [
      'Connection policy created',
      'Grant given',
    ]);
    assert.deepEqual(await found({ sid: owner.sid }), []);
    assert.match((await browser.get(`${own}?sid=${owner.sid}`)).text, /Nothing matches/);
  });

  test('is hidden from other accounts', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount({ friendly_name: 'Mine' });
    const other = await app.anAccount({ friendly_name: 'Not mine' });
    await app.aSubaccount(other, 'Not mine either');
    const browser = await signedIn(app, await aPerson(app, account));
    const own = `/console/${account.sid}/audit-log`;
    for (const path of [own, `${own}?sid=${other.sid}`, `${own}/export`]) {
      const { text } = await browser.get(path);
      assert.doesNotMatch(text, /Not mine/, path);
    }
  });

  test('shows a wrong filter again with its error', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const browser = await signedIn(app, await aPerson(app, account));
    const own = `/console/${account.sid}/audit-log`;
    const refusals: Record<string, RegExp> = {
      'from=2026-02-30': /From must be a day such as/,
      'to=yesterday': /To must be a day such as/,
      'from=2026-03-02&to=2026-03-01': /To must not be before the first day/,
      'sid=%25': /SID must be two letters/,
      'actor_kind=__proto__': /Actor must be one of the list/,
      'action=%22%3E%3Cb%3E': /Action must be one of the list/,
    };
    for (const [query, message] of Object.entries(refusals)) {
      const { status, text } = await browser.get(`${own}?${query}`);
      assert.equal(status, 400, query);
      assert.match(text, message, query);
      assert.doesNotMatch(text, /<ol class="log"|><b>/, query);
      assert.equal((await browser.get(`${own}/export?${query}`)).status, 400, query);
    }
  });

  test('leads from page to page without a gap', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const browser = await signedIn(app, await aPerson(app, account));
    for (let count = 0; count < 60; count += 1) {
      await asSystem(app, async ({ record }) =>
        record({
          action: 'key.updated',
          account_sid: account.sid,
          target_sid: null,
          detail: { friendly_name: `name ${count}` },
        }),
      );
    }
    const seen: string[] = [];
    let path: string | undefined = `/console/${account.sid}/audit-log?action=key.updated`;
    let pages = 0;
    while (path) {
      const { text } = await browser.get(path);
      seen.push(
        ...[...text.matchAll(/<dd><bdi>name (\d+)<\/bdi><\/dd>/g)].map(
          ([, number]) => number ?? '',
        ),
      );
      const next = /href="([^"]*)" rel="next"/.exec(text)?.[1];
      path = next === undefined ? undefined : unescaped(next);
      pages += 1;
    }
    assert.deepEqual(
      seen,
      Array.from({ length: 60 }, (_, index) => String(59 - index)),
    );
    assert.equal(pages, 3);
  });

  test('is exported as text that no spreadsheet runs as a formula', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const hostile = ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '"quoted", with a comma'];
    for (const name of hostile) {
      const person = { kind: 'person', sid: null, grant_sid: null } as const;
      const { sid } = await asSystem(app, (doing) =>
        doing.tx
          .insertInto('people')
          .values({
            sid: doing.app.newSid('PE'),
            email: `${doing.app.newSid('PE')}@example.com`,
            name,
            is_operator: 0,
            date_created: 0,
            date_updated: 0,
          })
          .returning('sid')
          .executeTakeFirstOrThrow(),
      );
      await act(app.app, { ...person, sid }, async ({ record }) =>
        record({ action: 'key.deleted', account_sid: account.sid, target_sid: name }),
      );
    }
    const browser = await signedIn(app, await aPerson(app, account));
    const exported = await browser.get(`/console/${account.sid}/audit-log/export`);
    assert.match(exported.headers['content-type'] ?? '', /^text\/csv/);
    assert.match(
      exported.headers['content-disposition'] ?? '',
      /^attachment; filename="audit-log-/,
    );
    const [head, ...lines] = exported.text.trimEnd().split('"\r\n');
    assert.equal(head?.split(',').length, 8);
    assert.ok(lines.length > hostile.length);
    for (const line of lines) {
      for (const cell of line.slice(1).split('","'))
        assert.doesNotMatch(cell, /^[=+\-@\t\r]/, line);
    }
    for (const name of hostile.slice(0, 4)) {
      assert.equal(exported.text.split(`"'${name}"`).length, 3, 'as who and as what');
    }
    assert.ok(exported.text.includes('"""quoted"", with a comma"'));
    const filtered = await browser.get(
      `/console/${account.sid}/audit-log/export?action=key.deleted`,
    );
    assert.equal(filtered.text.trimEnd().split('"\r\n').length, hostile.length + 1);
  });
});
