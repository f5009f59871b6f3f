import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { type Operation, POLICY } from '../../src/access/policy.ts';
import { ROUTES } from '../../src/routes.ts';

const FILE = 'docs/access.md';

const INTRODUCTION = `# Access

The server enforces the policy table (\`src/access/policy.ts\`) and the route table. This page is
made from both, and \`npm test\` compares it with them.

- **self**: the account of the credentials. **family**: the account of the credentials, and the
  subaccounts of a main account. **main**: the account of the credentials, if it is a main account.
- A **Connect app** logs in with the SID of the customer's subaccount and the auth token of the
  app's owner. *Own* is this subaccount; *others* are the customer's other accounts. **grant**:
  any permission is in force. **get-all**, **post-all**: the permission of this name is in force. A
  permission is in force if the last authorisation granted it and the app still asks for it.
- An account out of the caller's reach is 401/20003. A forbidden operation within reach gets the
  refusal of the last column. An app with get-all reaches its customer's other accounts.
- **Test credentials** have their own SID and reach no other account, not even the account that
  they belong to. The second table marks operations that are *pretended*: the answer is that of
  success, and nothing is done. Every other operation is 403/20008.
`;

function page(): string {
  const rows = Object.entries(POLICY).map(([operation, rule]) => {
    const { account, main_key, standard_key, connect_app, refusal } = rule;
    const cells = [account, main_key, standard_key, connect_app.own, connect_app.others, refusal];
    return `| \`${operation}\` | ${cells.join(' | ')} |`;
  });
  const endpoints = ROUTES.endpoints.map(
    ({ method, path, operation, pretends }) =>
      `| ${method} | \`${path}\` | \`${operation}\` | ${pretends ? 'pretended' : '403'} |`,
  );
  return [
    INTRODUCTION,
    '| operation | account | Main key | Standard key | app: own | app: others | refusal |',
    '|---|---|---|---|---|---|---|',
    ...rows,
    '',
    '| method | path | operation | test credentials |',
    '|---|---|---|---|',
    ...endpoints,
    '',
  ].join('\n');
}

test('docs/access.md shows the present policy table', () => {
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(FILE, page());
  const shown = existsSync(FILE) ? readFileSync(FILE, 'utf8') : '';
  assert.equal(shown, page(), 'run: UPDATE_DOCS=1 npm test -- test/access/access-doc.test.ts');
});

test('every row of the policy table belongs to an endpoint', () => {
  const used = new Set<Operation>(ROUTES.endpoints.map(({ operation }) => operation));
  assert.deepEqual([...used].toSorted(), Object.keys(POLICY).toSorted());
});
