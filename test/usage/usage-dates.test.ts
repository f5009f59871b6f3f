import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ROUTES } from '../../src/routes.ts';
import { loginOf, onEveryEngine, testApp } from '../support/test-app.ts';

/** Queries, each with the expected error or the expected dates of the record. */
const DATES: readonly (readonly [string, RegExp | readonly [string, string]])[] = [
  [
    'StartDate=2026-02-29',
    /^StartDate must be a date in the form YYYY-MM-DD, or an offset such as -30days/,
  ],
  ['EndDate=2100-02-29', /^EndDate must be a date/],
  ['StartDate=0000-01-01', /^StartDate must be a date/],
  ['EndDate=10000-01-01', /^EndDate must be a date/],
  ['StartDate=2026-3-1', /^StartDate must be a date/],
  ['StartDate=today', /^StartDate must be a date/],
  ['StartDate=-1month', /^StartDate must be a date/],
  ['StartDate=-1year', /^StartDate must be a date/],
  ['StartDate=30', /^StartDate must be a date/],
  ['StartDate=-999999days', /^StartDate must be a date/],
  ['StartDate=-46098days', /^StartDate must be a date .*, not before 1900/],
  ['EndDate=%2B999999days&StartDate=-999999days', /^StartDate must be a date/],
  ['StartDate=--1day', /^StartDate must be a date/],
  ['StartDate=2026-03-18T10:00:00Z', /^StartDate must be a date/],
  ['IncludeSubaccounts=perhaps', /^IncludeSubaccounts must be true or false/],
  ['Category=pigeons', /^Category is not a usage category/],
  ['StartDate=2024-02-29', ['2024-02-29', '2026-03-18']],
  ['StartDate=-46097days', ['1900-01-01', '2026-03-18']],
  ['StartDate=-30days', ['2026-02-16', '2026-03-18']],
  ['StartDate=-1day', ['2026-03-17', '2026-03-18']],
  ['EndDate=%2B30days', ['2026-03-18', '2026-04-17']],
  ['EndDate=+30days', ['2026-03-18', '2026-04-17']],
  ['StartDate=2026-03-01T00:00:00Z&EndDate=2026-03-17T00:00:00.000Z', ['2026-03-01', '2026-03-17']],
  ['StartDate=2026-03-01T00:00:00+00:00&EndDate=', ['2026-03-01', '2026-03-18']],
  ['EndDate=9999-12-31', ['2026-03-18', '9999-12-31']],
];

onEveryEngine('the dates of usage records', (engine) => {
  test('are read in every documented form, and other forms are refused', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const path = `/2010-04-01/Accounts/${account.sid}/Usage/Records.json?PageSize=1&`;
    for (const [query, expected] of DATES) {
      const { status, json, text } = await app.get(path + query, loginOf(account));
      if (expected instanceof RegExp) {
        assert.deepEqual([status, json.code], [400, 20001], `${query}: ${text}`);
        assert.match(json.message, expected, query);
      } else {
        const [record] = json.usage_records;
        assert.deepEqual([record.start_date, record.end_date], expected, query);
        const linked = await app.get(record.uri, loginOf(account));
        assert.deepEqual(linked.json.usage_records, [record], record.uri);
      }
    }
  });

  test('are refused with 404 when the range ends before it begins', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    for (const { path } of ROUTES.endpoints.filter(({ id }) => id.startsWith('ListUsageRecord'))) {
      const records = path.replace(':AccountSid', account.sid);
      for (const query of [
        'StartDate=2026-03-18&EndDate=2026-03-17',
        'StartDate=-1day&EndDate=-2days',
      ]) {
        const { status, json } = await app.get(`${records}.json?${query}`, loginOf(account));
        assert.deepEqual([status, json.code], [404, 20404], `${path} ${query}`);
      }
    }
  });
});
