import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PLATFORM_LOG } from '../../src/audit/audit-event.ts';
import { importStock } from '../../src/numbers/import-stock.ts';
import { IMPORT_BYTES, QUARANTINE_MS } from '../../src/numbers/stock-number.ts';
import { listAuditEvents } from '../support/audit-log.ts';
import { aPerson, type Browser, signedIn, unescaped } from '../support/browser.ts';
import { asSystem, loginOf, onEveryEngine, type TestApp, testApp } from '../support/test-app.ts';

const NUMBERS = '/console/platform/numbers';
const IMPORT = `${NUMBERS}/import`;
const HEADER = 'number,country,kind,capabilities,carrier,price';
const FILE = `${HEADER}
+14155550100,US,local,sms mms voice,simulated,1.25
+14155550177,US,local,voice,simulated,
+493012345678,DE,local,sms voice,simulated,
+18005550100,US,toll-free,voice,simulated,
`;

const operatorOf = async (app: TestApp) =>
  signedIn(app, await aPerson(app, null, { is_operator: true }));

/** The numbers on the page of a search, in order. */
async function shown(browser: Browser, query: Record<string, string>) {
  const { text } = await browser.get(`${NUMBERS}?${new URLSearchParams(query).toString()}`);
  return [...text.matchAll(/<p class="name"[^>]*>(\+?\d+) /g)].map(([, number]) => number);
}

/** Puts a row of numbers into the stock. */
function stock(app: TestApp, count: number) {
  const numbers = Array.from({ length: count }, (_, at) => ({
    place: `numbers[${at}]`,
    number: `+1415555${String(at).padStart(4, '0')}`,
    country: 'US',
    kind: 'local',
    capabilities: 'sms',
    carrier: 'simulated',
    price: '',
  }));
  const wanted = { numbers, carriers: new Set(['simulated']), dry_run: false };
  return asSystem(app, (doing) => importStock(doing, wanted));
}

onEveryEngine("the operators' page of numbers", (engine) => {
  test('imports a file after it has shown what would change and what is refused', async () => {
    await using app = await testApp({ engine });
    const operator = await aPerson(app, null, { is_operator: true });
    const browser = await signedIn(app, operator);
    assert.match((await browser.get(NUMBERS)).text, /The stock is empty/);
    const file = Buffer.from(`${FILE}nobody,US,local,sms,simulated,\n`);
    const preview = await browser.upload(await browser.get(IMPORT), IMPORT, { csv: '' }, { file });
    assert.equal(preview.status, 200);
    assert.match(preview.text, /4 new, 0 changed, 0 unchanged, 1 refused\. Nothing is written yet/);
    assert.match(
      unescaped(preview.text),
      /Line 6[\s\S]*number<\/code> <bdi>“nobody”<\/bdi> must be/,
    );
    assert.match((await browser.get(NUMBERS)).text, /The stock is empty/, 'a dry run');
    const done = await browser.upload(preview, IMPORT, {}, {});
    assert.equal(done.location, NUMBERS);
    const page = await browser.get(NUMBERS);
    assert.match(page.text, /The import is done: 4 numbers added, 1 refused\./);
    assert.match(page.text, /4 numbers in stock: 4 free, 0 held, 0 in quarantine\./);
    const [event] = await listAuditEvents(app.app.database.db, PLATFORM_LOG, 1);
    assert.deepEqual([event?.action, event?.actor_sid], ['stock.imported', operator.sid]);

    const again = await browser.upload(await browser.get(IMPORT), IMPORT, { csv: FILE }, {});
    assert.match(again.text, /there is nothing to import/);
    assert.doesNotMatch(again.text, /<button type="submit">Import/);
  });

  test('refuses a form without numbers, with both kinds of them, and a file that is none', async () => {
    await using app = await testApp({ engine });
    const browser = await operatorOf(app);
    const form = await browser.get(IMPORT);
    const file = Buffer.from(FILE);
    for (const [csv, files, sentence] of [
      [' ', {}, /File<\/a> is required; choose a CSV file, or paste its lines/],
      [FILE, { file }, /Csv<\/a> must be empty when a file is chosen/],
      ['', { file: Buffer.from([0xff, 0xfe]) }, /File<\/a> must be text in UTF-8/],
      ['', { file: Buffer.alloc(IMPORT_BYTES + 1, 'a') }, /File<\/a> must have at most 4 MiB/],
      ['a,b\n', {}, /The first line of the file must be number,country/],
      [`${HEADER}\n"`, {}, /The file is not CSV/],
    ] as const) {
      const { status, text } = await browser.upload(form, IMPORT, { csv }, files);
      assert.equal(status, 400, String(sentence));
      assert.match(text, sentence);
    }
    const kept = await browser.upload(form, IMPORT, { csv: 'a,b' }, {});
    assert.match(kept.text, />a,b<\/textarea>/, 'the pasted text stays');
    assert.match((await browser.get(NUMBERS)).text, /The stock is empty/);
  });

  test('shows who holds a number, when a released one comes back, and how many there are', async () => {
    await using app = await testApp({ engine });
    const browser = await operatorOf(app);
    const account = await app.anAccount({ friendly_name: 'Harbor & Co' });
    const form = await browser.get(IMPORT);
    await browser.upload(await browser.upload(form, IMPORT, { csv: FILE }, {}), IMPORT, {}, {});
    const numbers = `/2010-04-01/Accounts/${account.sid}/IncomingPhoneNumbers`;
    const buy = (PhoneNumber: string) =>
      app.post(`${numbers}.json`, loginOf(account), { PhoneNumber });
    await buy('+14155550100');
    const released = await buy('+14155550177');
    const login = loginOf(account);
    await app.request('DELETE', `${numbers}/${released.json.sid}.json`, { login });
    const { text } = await browser.get(NUMBERS);
    assert.match(text, /4 numbers in stock: 2 free, 1 held, 1 in quarantine\./);
    const holder = new RegExp(
      `\\+14155550100 <span class="tag quiet">Held</span>[^]*?Held by <a href="/console/platform/accounts/${account.sid}"><bdi>Harbor &amp; Co<`,
    );
    assert.match(text, holder);
    assert.match(
      text,
      /United States, local · SMS, MMS, voice · carrier\s+simulated · \$1\.25 a month/,
    );
    assert.match(text, /\+14155550177 <span class="tag warn">In quarantine/);
    assert.match(text, /United States, local<\/a><\/th>\s*<td>0<\/td><td>1<\/td><td>1<\/td><td>2</);
    for (const [query, found] of [
      [{ state: 'held' }, ['+14155550100']],
      [{ state: 'quarantine' }, ['+14155550177']],
      [{ state: 'free', country: 'US' }, ['+18005550100']],
      [{ number: '(415) 555-01' }, ['+14155550100', '+14155550177']],
      [{ kind: 'toll-free' }, ['+18005550100']],
      [{ country: 'DE', carrier: 'simulated' }, ['+493012345678']],
      [{ carrier: 'nobody' }, []],
      [{ country: 'FR' }, []],
    ] as const) {
      assert.deepEqual(await shown(browser, query), found, JSON.stringify(query));
    }
    app.advance(QUARANTINE_MS);
    assert.deepEqual(await shown(browser, { state: 'quarantine' }), []);
    for (const wrong of [
      'number=abc',
      'kind=pager',
      'state=x',
      'after=x',
      `carrier=${'x'.repeat(65)}`,
    ]) {
      assert.equal((await browser.get(`${NUMBERS}?${wrong}`)).status, 400, wrong);
    }
  });

  test('goes through the whole stock by pages, and a search through all of it', async () => {
    await using app = await testApp({ engine });
    const browser = await operatorOf(app);
    await stock(app, 6_000);
    const link = (text: string, rel: string) =>
      unescaped(new RegExp(`href="([^"]+)" rel="${rel}"`).exec(text)?.[1] ?? '');
    const first = await browser.get(NUMBERS);
    assert.match(first.text, /6,000 numbers in stock/);
    assert.equal(link(first.text, 'prev'), '');
    const second = await browser.get(link(first.text, 'next'));
    assert.match(second.text, /\+14155550050 /);
    assert.doesNotMatch(second.text, /\+14155550049 |By country and kind/);
    const back = await browser.get(link(second.text, 'prev'));
    assert.match(back.text, /\+14155550000 [^]*\+14155550049 /);
    assert.equal(link(back.text, 'prev'), '');
    assert.deepEqual(await shown(browser, { number: '5999' }), ['+14155555999']);
    assert.deepEqual(await shown(browser, { after: '+14155555997' }), [
      '+14155555998',
      '+14155555999',
    ]);
    const ends = await browser.get(`${NUMBERS}?number=99&after=%2B14155555899`);
    const before = await browser.get(link(ends.text, 'prev'));
    assert.match(before.text, /\+14155555899 /, 'the conditions stay, also backwards');
    assert.doesNotMatch(before.text, /\+14155555898 /);
  });
});
