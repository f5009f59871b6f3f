import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { suite, test } from 'node:test';

/**
 * A platform that outgrows one database gives each main account to one of several. Each row of a
 * main account and its subaccounts, a tenant, then names the main account, and so does each key.
 * Keys that meet those of another tenant must be known. See
 * docs/adr/0054-one-postgresql-then-split-by-account.md.
 */

/** Tables without rows of a tenant. */
const PLATFORM = {
  people: 'a person can belong to several main accounts',
  known_networks: 'of a person',
  passwords: 'of a person',
  recovery_codes: 'of a person',
  second_factors: 'of a person',
  sessions: 'of a person',
  one_time_links: 'of a person, who may have no account yet',
  security_events: 'of people and unknown callers too',
  credential_places: 'a lost row makes only one more security event',
  processes: 'the processes of the installation',
  leg_owners: 'the processes of the installation that hold legs',
  sealing: 'the keys of the installation',
  sealing_keys: 'the keys of the installation',
  settings: 'of the installation',
  sign_in_failures: 'counted for addresses, before an account is known',
  snapshots: 'of the whole installation',
  usage_rates: 'the prices of the platform',
  stock_numbers: 'the numbers of the platform that nobody has bought',
};

/** Foreign keys from one tenant to another, or to a person, or from the platform to a tenant. */
const CROSSING = {
  'grants (connect_app_sid)': 'the app belongs to its owner, and the grant to the customer',
  'deliveries (signing_account_sid)': 'the owner of an app signs webhooks about the customer',
  'memberships (person_sid)': 'a person can belong to several main accounts',
  'one_time_links (account_sid)': 'a link is of a person',
};

/** Unique keys of tenants, and of people, over all tenants. */
const UNIQUE_OVER_ALL = {
  'accounts (sid)': 'the keys that cross name an account by its SID alone',
  'connect_apps (sid)': 'the same for apps',
  'incoming_phone_numbers (phone_number)': 'a number has one holder',
  'people (email)': 'an address has one person',
  'second_factors (credential_id)': 'a passkey has one person',
};

const SCHEMA = readFileSync('docs/schema/postgres.sql', 'utf8');

const COLUMNS = new Map(
  [...SCHEMA.matchAll(/^table (\w+): (.*);$/gm)].map(([, table = '', columns = '']) => [
    table,
    columns.split(', '),
  ]),
);

const FOREIGN_KEYS = [
  ...SCHEMA.matchAll(/^constraint on (\w+): \w+ FOREIGN KEY \(([^)]+)\) REFERENCES (\w+)/gm),
].map(([, table = '', columns = '', parent = '']) => ({ table, columns, parent }));

/** Primary keys too: each has such an index. */
const UNIQUE_KEYS = [
  ...SCHEMA.matchAll(/^index: CREATE UNIQUE INDEX \w+ ON public\.(\w+) USING btree \((.*?)\)/gm),
].map(([, table = '', columns = '']) => ({ table, columns }));

const isPlatform = (table: string) => table in PLATFORM;
const rootIn = (table: string) => (table === 'accounts' ? 'owner_account_sid' : 'root_sid');
const hasRoot = ({ table, columns }: { table: string; columns: string }) =>
  columns.split(', ').includes(rootIn(table));
const nameOf = ({ table, columns }: { table: string; columns: string }) => `${table} (${columns})`;

suite('the rows of a tenant', () => {
  test('name their main account', () => {
    assert.ok(COLUMNS.size > 40, 'the schema is read');
    const lost = [...COLUMNS].filter(
      ([table, columns]) =>
        !isPlatform(table) && !columns.includes(`${rootIn(table)} text not null`),
    );
    assert.deepEqual(lost, []);
  });

  test('have their main account in every primary and unique key, but for those that are known', () => {
    const over = UNIQUE_KEYS.filter(
      (key) =>
        !hasRoot(key) &&
        (!isPlatform(key.table) ||
          (['people', 'second_factors'].includes(key.table) && !/sid/.test(key.columns))),
    ).map(nameOf);
    assert.deepEqual(over.toSorted(), Object.keys(UNIQUE_OVER_ALL).toSorted());
  });

  test('have their main account in every foreign key, but for those that are known', () => {
    const crossing = FOREIGN_KEYS.filter(
      (key) => !hasRoot(key) && !(isPlatform(key.table) && isPlatform(key.parent)),
    ).map(nameOf);
    assert.deepEqual(crossing.toSorted(), Object.keys(CROSSING).toSorted());
  });

  test('are named without tables that are gone', () => {
    assert.deepEqual(
      Object.keys(PLATFORM).filter((table) => !COLUMNS.has(table)),
      [],
    );
  });
});
