import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { loginOf, onEveryEngine, type TestApp, testApp } from '../support/test-app.ts';
import { child, parseCsv, parseXml } from './sdk-world.ts';

/** Characters that XML 1.0 cannot hold. The server must refuse them, and must not store them. */
const UNREPRESENTABLE = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/;

/** Characters that no name may hold, and characters that may not make up a whole name. */
const DIRECTIONS = /[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/;
const UNSEEN = /^[\p{Z}\p{Cc}\p{Cf}\p{Co}\p{M}\p{Default_Ignorable_Code_Point}\u2800]*$/u;
const isVisible = (name: string) => !UNSEEN.test(name);

const AWKWARD_CHARACTERS = '&<>"\'%+;,=-@|é \n\r\t\u0000\u0085\u2028\u202E\uFFFD\uFFFF\u{1FFFE}';
const AWKWARD_TEXTS = [']]>', '&amp;', '&#0;', '<!--', '<?xml', '\r\n', '👩🏽‍🚒', 'e\u0301'];

/** Any text, with many characters that are awkward in representations. */
const anyText = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 8 }),
      fc.string({ unit: 'grapheme', maxLength: 8 }),
      fc.constantFrom(...AWKWARD_CHARACTERS, ...AWKWARD_TEXTS),
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(''));

async function aConnectApp(app: TestApp) {
  const developer = await app.anAccount();
  const { sid } = await app.aConnectApp(developer);
  const path = `/2010-04-01/Accounts/${developer.sid}/ConnectApps/${sid}`;
  return { path, login: loginOf(developer) };
}

const lengthOf = (text: string) => [...text].length;

onEveryEngine('any text', (engine) => {
  test('comes back from XML and JSON exactly, or is refused with 400', async () => {
    await using app = await testApp({ engine });
    const { path, login } = await aConnectApp(app);
    await fc.assert(
      fc.asyncProperty(anyText, anyText, async (FriendlyName, Description) => {
        const form = { FriendlyName, Description };
        const reply = await app.post(`${path}.xml`, login, form);
        const xml = parseXml(reply.text);
        const isAcceptable =
          lengthOf(FriendlyName) >= 1 &&
          lengthOf(FriendlyName) <= 64 &&
          lengthOf(Description) <= 2_000 &&
          !UNREPRESENTABLE.test(FriendlyName + Description) &&
          !DIRECTIONS.test(FriendlyName) &&
          isVisible(FriendlyName);
        if (!isAcceptable) {
          assert.equal(reply.status, 400, JSON.stringify(form));
          assert.equal(child(child(xml, 'RestException'), 'Code').text, '20001');
          return;
        }
        assert.equal(reply.status, 200, reply.text);
        const instance = child(xml, 'ConnectApp');
        assert.equal(child(instance, 'FriendlyName').text, FriendlyName);
        assert.equal(child(instance, 'Description').text, Description);
        const { json } = await app.get(`${path}.json`, login);
        assert.equal(json.friendly_name, FriendlyName);
        assert.equal(json.description, Description === '' ? null : Description);
      }),
      { numRuns: 200 },
    );
  });

  test('stays in its own CSV cell, and is no formula in a spreadsheet', async () => {
    await using app = await testApp({ engine });
    const { path, login } = await aConnectApp(app);
    const cellOf = async (Description: string) => {
      const reply = await app.post(`${path}.csv`, login, { Description });
      if (UNREPRESENTABLE.test(Description)) {
        assert.equal(reply.status, 400);
        return Description;
      }
      assert.equal(reply.status, 200, reply.text);
      const [header = [], row = [], ...more] = parseCsv(reply.text);
      assert.deepEqual(more, [], JSON.stringify(Description));
      assert.equal(row.length, header.length, JSON.stringify(Description));
      return row[header.indexOf('Description')] as string;
    };
    for (const formula of ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '=HYPERLINK("x","y")']) {
      assert.equal(await cellOf(formula), `'${formula}`);
    }
    assert.equal(await cellOf('one\n=1+1'), 'one\n=1+1');
    await fc.assert(
      fc.asyncProperty(anyText, async (text) => {
        const cell = await cellOf(text);
        assert.ok(cell === text || cell === `'${text}`, JSON.stringify({ text, cell }));
        assert.doesNotMatch(UNREPRESENTABLE.test(text) ? '' : cell, /^[=+\-@\t\r]/);
      }),
      { numRuns: 200 },
    );
  });
});
