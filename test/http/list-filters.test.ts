import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Endpoint } from '../../src/http/endpoint.ts';
import { ROUTES } from '../../src/routes.ts';
import { aTenant, pathOf, type Tenant } from '../support/tenant.ts';
import {
  loginOf,
  onEveryEngine,
  START_OF_TIME,
  type TestApp,
  testApp,
} from '../support/test-app.ts';

const LISTS = ROUTES.endpoints.filter(({ kind }) => kind === 'list');
const namesOf = (endpoint: Endpoint) => Object.keys(endpoint.input.shape);

/** Every list that is filtered by a date, with the date's name. */
const DATED = LISTS.flatMap((endpoint) =>
  namesOf(endpoint)
    .filter((name) => name.endsWith('>'))
    .map((name) => ({ endpoint, name: name.slice(0, -1) })),
);

const DAY_MS = 86_400_000;
const dayAt = (ms: number) => new Date(ms).toISOString().slice(0, 10);
const [YESTERDAY, TODAY, TOMORROW] = [-1, 0, 1].map((days) => dayAt(START_OF_TIME + days * DAY_MS));

/** The forms in which people and SDKs write a day into a URL. */
const spellings = (day = '') => [
  day,
  `${day}T00:00:00Z`,
  `${day}T00:00:00.000Z`,
  `${day}T00:00:00+00:00`,
  `${day}T00:00:00%2B00:00`,
];

/** The SIDs in a list, or the whole things if they have no SID. */
async function shownBy(app: TestApp, tenant: Tenant, endpoint: Endpoint, query: string) {
  const path = `${pathOf(endpoint, tenant)}?${query}`;
  const { status, json, text } = await app.get(path, loginOf(tenant.account));
  assert.equal(status, 200, `${path}: ${text}`);
  const things = Object.values<unknown>(json).find(Array.isArray);
  assert.ok(things, text);
  return things.map((thing: { sid?: string }) => thing.sid ?? thing) as unknown[];
}

onEveryEngine('the filters of lists', (engine) => {
  test('by a date read a day in every form, and select the named day', async () => {
    await using app = await testApp({ engine });
    const tenant = await aTenant(app);
    assert.ok(DATED.length >= 6, 'messages, media, calls twice, recordings twice');
    for (const { endpoint, name } of DATED) {
      const shown = (query: string) => shownBy(app, tenant, endpoint, query);
      const there = await shown(`${name}=${TODAY}`);
      assert.ok(there.length > 0, `${endpoint.id} has nothing by ${name}`);
      for (const filter of [name, `${name}<`, `${name}>`, `${name}%3C%3D`, `${name}%3E`]) {
        for (const day of spellings(TODAY)) {
          assert.deepEqual(
            await shown(`${filter}=${day}`),
            there,
            `${endpoint.id} ${filter}=${day}`,
          );
        }
      }
      const past = [...spellings(YESTERDAY), `${YESTERDAY}T23:59:59Z`, `${TODAY}T00:30:00+01:00`];
      for (const time of past) assert.deepEqual(await shown(`${name}<=${time}`), [], time);
      const future = [...spellings(TOMORROW), `${TODAY}T23:31:37Z`, `${TOMORROW}T00:31:37+01:00`];
      for (const time of future) assert.deepEqual(await shown(`${name}>=${time}`), [], time);
      for (const day of [...spellings(YESTERDAY), ...spellings(TOMORROW)]) {
        assert.deepEqual(await shown(`${name}=${day}`), [], day);
      }
      const zoned = `${TOMORROW}T00:31:36+01:00`;
      const inTime = await shown(`${name}>=${zoned}&${name}<=${zoned}&${name}=${zoned}`);
      assert.deepEqual(inTime, there, `${endpoint.id} ${name} at ${zoned}`);
    }
  });

  test('that are empty filter nothing', async () => {
    await using app = await testApp({ engine });
    const tenant = await aTenant(app);
    for (const endpoint of LISTS) {
      const all = await shownBy(app, tenant, endpoint, '');
      const names = [...namesOf(endpoint), 'PageSize', 'Page', 'PageToken'];
      for (const name of names) {
        const shown = await shownBy(app, tenant, endpoint, `${encodeURIComponent(name)}=`);
        assert.deepEqual(shown, all, `${endpoint.id} ${name}`);
      }
      const everything = names.map((name) => `${encodeURIComponent(name)}=&`).join('');
      assert.deepEqual(
        await shownBy(app, tenant, endpoint, everything.repeat(2)),
        all,
        endpoint.id,
      );
    }
    const { json } = await app.control('GET', '/deliveries?account_sid=&state=&url=');
    assert.ok(Array.isArray(json.deliveries), 'the control API as well');
  });
});
