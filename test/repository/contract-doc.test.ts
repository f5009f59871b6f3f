import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import type { z } from 'zod';
import { ABSENT_LISTS } from '../../src/absent/absent-lists.ts';
import { ACCOUNT } from '../../src/accounts/account.ts';
import { AUTHORIZED_CONNECT_APP } from '../../src/authorizations/grant.ts';
import { codeOf } from '../../src/carriers/twilio/upstream-words.ts';
import { CONNECT_APP } from '../../src/connect-apps/connect-app.ts';
import { PERMISSION_WORDS } from '../../src/consent/permission-words.ts';
import type { Resource } from '../../src/http/answers/resource.ts';
import { BODY_BYTES, HEADER_BYTES, URL_LENGTH } from '../../src/http/guards/request-rules.ts';
import {
  FRIENDLY_NAME_LENGTH,
  URL_LENGTH as URL_PARAMETER_LENGTH,
} from '../../src/http/parameters/fields.ts';
import { MAX_PARAMETERS } from '../../src/http/parameters/form.ts';
import { MAX_PAGE_SIZE, MAX_ROWS_COUNTED_OFF } from '../../src/http/parameters/paging.ts';

const FOLDER = 'docs/contract';
const pageOf = (name: string) => readFileSync(`${FOLDER}/${name}`, 'utf8');

function sectionOf(page: string, heading: string): string {
  const [, section = ''] = pageOf(page).split(`\n## ${heading}\n`);
  return section.split('\n## ')[0] ?? '';
}

/** The rows of the table below a heading, without its head. */
function rowsBelow(page: string, heading: string): string[][] {
  const rows = sectionOf(page, heading)
    .split('\n')
    .filter((line) => line.startsWith('|'));
  return rows.slice(2).map((row) =>
    row
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
}

/** Twilio's codes begin with these digits. No other numbers of five digits in the code do. */
const CODE = /(?<![\w.+#'-])(10004|141\d\d|32[04]\d\d|(?:11|12|13|20|21|30|35|63)\d{3})(?!\w)/g;
const COMMENT = /\/\*.*?\*\/|(?<!:)\/\/[^\n]*/gs;

function codesOfSource(): Set<string> {
  const files = globSync('src/**/*.ts').filter((file) => !file.endsWith('.test.ts'));
  const texts = files.map((file) => readFileSync(file, 'utf8').replaceAll(COMMENT, ''));
  return new Set(texts.flatMap((text) => [...text.matchAll(CODE)].map(([, code = '']) => code)));
}

suite('the contract', () => {
  test('has exactly the error codes that the code uses', () => {
    const codes = ['Codes', 'Codes of an upstream'].flatMap((heading) =>
      rowsBelow('errors.md', heading).map(([code = '']) => code),
    );
    assert.deepEqual([...new Set(codes)].toSorted(), [...codesOfSource()].toSorted());
  });

  test('has the code that customers read for each code of an upstream', () => {
    for (const [code = '', read = ''] of rowsBelow('errors.md', 'Codes of an upstream')) {
      if (/^\d{5}$/.test(read)) assert.equal(codeOf(Number(code)), Number(read), code);
    }
  });

  test('has the HTTP status of each error', () => {
    const statuses = new Map(rowsBelow('errors.md', 'Codes').map(([code, text]) => [code, text]));
    for (const file of globSync('src/**/*.ts')) {
      const text = readFileSync(file, 'utf8');
      for (const [, status = '', code = ''] of text.matchAll(/ApiError\(\s*(\d{3}),\s*(\d{5})/g)) {
        assert.match(statuses.get(code) ?? '', new RegExp(`\\b${status}\\b`), `${file}: ${code}`);
      }
    }
  });

  test('has the size limits of the server', () => {
    const limits = [
      BODY_BYTES,
      HEADER_BYTES,
      URL_LENGTH,
      MAX_PARAMETERS,
      MAX_PAGE_SIZE,
      MAX_ROWS_COUNTED_OFF,
      URL_PARAMETER_LENGTH,
      FRIENDLY_NAME_LENGTH,
    ];
    const shown = rowsBelow('requests.md', 'Limits of size').map(([, limit = '']) =>
      Number.parseInt(limit.replace(',', ''), 10),
    );
    assert.deepEqual(shown.slice(0, limits.length), limits);
  });

  test('has every list that is always empty', () => {
    const shown = rowsBelow('accounts.md', 'Lists that are always empty');
    const listed = ABSENT_LISTS.map(({ below, key, id }) => [`\`${below}\``, `\`${key}\``, id]);
    assert.deepEqual(shown, listed);
  });

  test('has the fields of accounts, Connect apps and authorised apps', () => {
    const namesIn = (text: string) =>
      [...text.matchAll(/`([a-z_]+)`/g)].map(([, name = '']) => name);
    const fieldsOf = ({ schema }: Resource) => Object.keys((schema as z.ZodObject).shape);
    const account = rowsBelow('accounts.md', 'Account').flatMap(([field = '']) => namesIn(field));
    assert.deepEqual(account, fieldsOf(ACCOUNT));
    const app = rowsBelow('connect.md', 'Connect app').flatMap(([field = '']) => namesIn(field));
    const rest = ['account_sid', 'sid', 'uri'];
    assert.deepEqual([...app, ...rest].toSorted(), fieldsOf(CONNECT_APP).toSorted());
    const [first = ''] = sectionOf('connect.md', 'AuthorizedConnectApps').split('(OpenAPI');
    assert.deepEqual(namesIn(first).toSorted(), fieldsOf(AUTHORIZED_CONNECT_APP).toSorted());
  });

  test('has the permissions by their public names', () => {
    const shown = rowsBelow('connect.md', 'Permissions').map(([permission, name]) => [
      permission,
      name,
    ]);
    const known = Object.entries(PERMISSION_WORDS).map(([permission, { name }]) => [
      `\`${permission}\``,
      name,
    ]);
    assert.deepEqual(shown, known);
  });

  test('lists every page in its index', () => {
    const index = pageOf('README.md');
    for (const file of globSync(`${FOLDER}/*.md`)) {
      const name = file.slice(FOLDER.length + 1);
      assert.ok(name === 'README.md' || index.includes(`(${name})`), `${name} is not in the index`);
    }
  });
});
