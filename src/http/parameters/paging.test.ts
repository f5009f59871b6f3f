import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { loginOf, onEveryEngine, testApp } from '../../../test/support/test-app.ts';

onEveryEngine('pages', (engine) => {
  test('show every row once, newest first, forwards and back, for any dates', async () => {
    await using app = await testApp({ engine });
    await fc.assert(
      fc.asyncProperty(
        // The milliseconds between each row and the one before; 0 is the same date.
        fc.array(fc.constantFrom(0, 0, 1, 1_000), { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 1, max: 5 }),
        async (gaps, size) => {
          const account = await app.anAccount();
          const login = loginOf(account);
          const made: string[] = [];
          for (const gap of gaps) {
            app.advance(gap);
            const reply = await app.post('/v1/ConnectionPolicies', login, {});
            made.unshift(reply.json.sid);
          }
          const forwards: string[][] = [];
          let next: string | null = `/v1/ConnectionPolicies?PageSize=${size}`;
          let last = next;
          while (next !== null) {
            const { json } = await app.get(next, login);
            assert.equal(json.meta.page, forwards.length);
            forwards.push(json.connection_policies.map(({ sid }: { sid: string }) => sid));
            last = next;
            next = json.meta.next_page_url?.replace('http://localhost', '') ?? null;
          }
          assert.deepEqual(forwards.flat(), made);
          assert.equal(forwards.length, Math.ceil(made.length / size));

          const backwards: string[][] = [];
          let previous: string | null = last;
          while (previous !== null) {
            const { json } = await app.get(previous, login);
            backwards.unshift(json.connection_policies.map(({ sid }: { sid: string }) => sid));
            previous = json.meta.previous_page_url?.replace('http://localhost', '') ?? null;
          }
          assert.deepEqual(backwards, forwards);

          for (const [page, rows] of forwards.entries()) {
            const { json } = await app.get(
              `/v1/ConnectionPolicies?PageSize=${size}&Page=${page}`,
              login,
            );
            assert.deepEqual(
              json.connection_policies.map(({ sid }: { sid: string }) => sid),
              rows,
            );
          }
        },
      ),
      { numRuns: 25 },
    );
  });

  test('keep their place while rows are added and removed', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const login = loginOf(account);
    const make = async (): Promise<string> =>
      (await app.post('/v1/ConnectionPolicies', login, {})).json.sid;
    const [oldest, older, old] = [await make(), await make(), await make()];
    const first = await app.get('/v1/ConnectionPolicies?PageSize=1', login);
    assert.equal(first.json.connection_policies[0].sid, old);
    await make();
    await app.request('DELETE', `/v1/ConnectionPolicies/${older}`, { login });
    const next = first.json.meta.next_page_url.replace('http://localhost', '');
    const second = await app.get(next, login);
    assert.equal(second.json.connection_policies[0].sid, oldest);
    assert.equal(second.json.meta.next_page_url, null);
  });

  test('keep their filters, limit their size, and refuse invalid page parameters', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const login = loginOf(account);
    for (const name of ['Zoë & Co', 'Zoë & Co', 'other']) await app.aSubaccount(account, name);
    const path = '/2010-04-01/Accounts.json';
    const filter = `FriendlyName=${encodeURIComponent('Zoë & Co')}&Status=active`;
    const first = await app.get(`${path}?${filter}&PageSize=1`, login);
    assert.equal(first.json.accounts.length, 1);
    const second = await app.get(first.json.next_page_uri, login);
    assert.equal(second.json.accounts[0].friendly_name, 'Zoë & Co');
    assert.deepEqual([second.json.page, second.json.start, second.json.end], [1, 1, 1]);
    assert.equal(second.json.next_page_uri, null);
    assert.deepEqual(
      (await app.get(second.json.previous_page_uri, login)).json.accounts,
      first.json.accounts,
    );

    assert.equal((await app.get(`${path}?PageSize=5000`, login)).json.page_size, 1_000);
    const empty = await app.get(`${path}?FriendlyName=nobody`, login);
    assert.deepEqual([empty.json.accounts, empty.json.start, empty.json.end], [[], 0, 0]);
    for (const wrong of [
      'PageSize=0',
      'PageSize=-1',
      'PageSize=x',
      'PageSize=1&PageSize=2',
      'Page=-1',
      'Page=1.5',
      'Page=201',
      'PageToken=x',
      'PageToken=PA1-CNx',
      'Status=asleep',
    ]) {
      const reply = await app.get(`${path}?${wrong}`, login);
      assert.equal(reply.status, 400, wrong);
      assert.equal(reply.json.code, 20001);
      assert.ok(reply.json.message.startsWith(wrong.split('=')[0]), reply.json.message);
    }
  });
});
