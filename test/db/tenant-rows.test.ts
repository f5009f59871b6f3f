import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { suite, test } from 'node:test';

/**
 * A platform that outgrows one database gives each main account to one of several. The rows of a
 * main account must then be found, and keys that meet those of another tenant must be known. See
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
  credential_places: 'a lost row makes only one more security event',
  processes: 'the processes of the installation',
  sealing: 'the keys of the installation',
  sealing_keys: 'the keys of the installation',
  settings: 'of the installation',
  sign_in_failures: 'counted for addresses, before an account is known',
  snapshots: 'of the whole installation',
  usage_rates: 'the prices of the platform',
};

/** Keys from one tenant to another, or to a person. */
const CROSSING = {
  'grants.connect_app_sid': 'the app belongs to its owner, and the grant to the customer',
  'interactions.connect_app_sid': 'a customer answers the app of its owner',
  'deliveries.signing_account_sid': 'the owner of an app signs webhooks about the customer',
  'memberships.person_sid': 'a person can belong to several main accounts',
};

/** Keys from a row of a tenant to another row of the same tenant. */
const WITHIN = [
  'byoc_trunks.connection_policy_sid',
  'connection_policy_targets.connection_policy_sid',
  'grants.subaccount_sid',
];

/** Unique columns of tenants and people that have no SID, digest or account among them. */
const UNIQUE_OVER_ALL = {
  'incoming_phone_numbers.phone_number': 'a number has one holder',
  'people.email': 'an address has one person',
  'second_factors.credential_id': 'a passkey has one person',
};

const SCHEMA = readFileSync('docs/schema/postgres.sql', 'utf8');

const COLUMNS = new Map(
  [...SCHEMA.matchAll(/^table (\w+): (.*);$/gm)].map(([, table = '', columns = '']) => [
    table,
    new Set(columns.split(', ').map((column) => column.split(' ')[0] ?? '')),
  ]),
);

const FOREIGN_KEYS = [
  ...SCHEMA.matchAll(/^constraint on (\w+): \w+ FOREIGN KEY \((\w+)\) REFERENCES (\w+)/gm),
].map(([, table = '', column = '', parent = '']) => ({ table, column, parent }));

const UNIQUE_KEYS = [
  ...SCHEMA.matchAll(/^index: CREATE UNIQUE INDEX \w+ ON public\.(\w+) USING btree \((.*?)\)/gm),
].map(([, table = '', columns = '']) => ({ table, columns }));

const isPlatform = (table: string) => table in PLATFORM;
const hasAccount = (table: string) =>
  table === 'accounts' || COLUMNS.get(table)?.has('account_sid') === true;

/** The keys to a row that names the account, of tables that do not name it themselves. */
const parentsOf = (table: string) =>
  FOREIGN_KEYS.filter((key) => key.table === table && hasAccount(key.parent));

suite('the rows of a tenant', () => {
  test('name their account, or have a parent that does', () => {
    assert.ok(COLUMNS.size > 40, 'the schema is read');
    const lost = [...COLUMNS.keys()].filter(
      (table) => !isPlatform(table) && !hasAccount(table) && parentsOf(table).length !== 1,
    );
    assert.deepEqual(lost, []);
  });

  test('refer to another tenant, or to a person, only by keys that are known', () => {
    const crossing = FOREIGN_KEYS.filter(
      ({ table, column }) =>
        !isPlatform(table) &&
        column !== 'account_sid' &&
        hasAccount(table) &&
        !WITHIN.includes(`${table}.${column}`),
    ).map(({ table, column }) => `${table}.${column}`);
    assert.deepEqual(crossing.toSorted(), Object.keys(CROSSING).toSorted());
  });

  test('are unique over all tenants only where a person or a number must be', () => {
    const over = UNIQUE_KEYS.filter(
      ({ table, columns }) =>
        !/sid|digest/.test(columns) &&
        (!isPlatform(table) || ['people', 'second_factors'].includes(table)),
    ).map(({ table, columns }) => `${table}.${columns}`);
    assert.deepEqual(over.toSorted(), Object.keys(UNIQUE_OVER_ALL).toSorted());
  });

  test('are named without tables that are gone', () => {
    const named = [...Object.keys(PLATFORM), ...WITHIN.map((key) => key.split('.')[0] ?? '')];
    assert.deepEqual(
      named.filter((table) => !COLUMNS.has(table)),
      [],
    );
  });
});
