import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { type Operation, POLICY } from '../../src/access/policy.ts';
import { ROUTES } from '../../src/routes.ts';

const FILE = 'docs/access.md';

const INTRODUCTION = `# Who may do what

Made from the policy table (\`src/access/policy.ts\`) and the route table, which the server
enforces; \`npm test\` compares this page with them.

- **self**: the account that the credentials belong to. **family**: that account, and a main
  account's subaccounts too. **main**: that account, and only if it is a main account.
- A **Connect app** logs in with the SID of the customer's subaccount and the auth token of the
  app's owner. *Own* is that subaccount; *others* are the customer's other accounts. **grant**:
  any permission that is in force. **get-all**, **post-all**: that permission is in force, which
  means: granted at the last authorisation, and still asked for by the app.
- Outside of a caller's reach the answer is 401/20003. Within it, what is not allowed is the
  refusal of the last column. An app that holds get-all reaches its customer's other accounts.
- **Test credentials** have a SID of their own and reach no other account, not even the one that
  they belong to. There they are answered what is marked in the second table as if it had been
  done, and nothing is; everything else is 403/20008.
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
