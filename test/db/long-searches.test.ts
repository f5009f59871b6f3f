import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SEARCHED_AT_ONCE } from '../../src/db/keyset.ts';
import type { Message } from '../../src/messages/message.ts';
import { fetchMessage } from '../../src/messages/message-store.ts';
import { aPerson, signedIn } from '../support/browser.ts';
import { aReceivedMessage } from '../support/tenant.ts';
import {
  loginOf,
  onEveryEngine,
  type TestAccount,
  type TestApp,
  testApp,
} from '../support/test-app.ts';

const TO = '+14155550100';
const ROWS_AT_ONCE = 500;

/**
 * Many messages to one number, one a millisecond. The oldest of them, and one in the middle, come
 * from a sender of their own and have failed.
 */
async function aLongLog({ app }: TestApp, account: TestAccount, rows: number): Promise<string[]> {
  const { message_sid } = await aReceivedMessage({ app }, account.sid);
  const first = await fetchMessage(app.database.db, account.sid, message_sid);
  assert.ok(first);
  const others: Message[] = Array.from({ length: rows }, (_, at) => {
    const date_created = first.date_created + at + 1;
    const isRare = at === 0 || at === rows / 2;
    return {
      ...first,
      sid: app.newSid('SM'),
      to: TO,
      from: isRare ? 'RARE' : 'COMMON',
      status: isRare ? ('failed' as const) : ('received' as const),
      date_created,
      date_sent: date_created,
    };
  });
  for (let start = 0; start < rows; start += ROWS_AT_ONCE) {
    const some = others.slice(start, start + ROWS_AT_ONCE);
    await app.database.write((tx) => tx.insertInto('messages').values(some).execute());
  }
  return others
    .filter(({ from }) => from === 'RARE')
    .map(({ sid }) => sid)
    .toReversed();
}

onEveryEngine('a search that no index answers alone', (engine) => {
  test('goes through all rows in the API, and in parts in the console', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const rare = await aLongLog(app, account, 2.2 * SEARCHED_AT_ONCE);
    const list = `/2010-04-01/Accounts/${account.sid}/Messages.json?To=${encodeURIComponent(TO)}`;
    const found = async (query: string) => {
      const { json } = await app.get(`${list}&${query}`, loginOf(account));
      return {
        sids: json.messages.map(({ sid }: { sid: string }) => sid),
        next: json.next_page_uri,
        previous: json.previous_page_uri,
      };
    };
    assert.deepEqual(await found('From=RARE'), { sids: rare, next: null, previous: null });
    const one = await found('From=RARE&PageSize=1');
    assert.deepEqual(one.sids, rare.slice(0, 1));
    const two = (await app.get(one.next, loginOf(account))).json;
    assert.deepEqual([two.messages[0].sid, two.next_page_uri], [rare[1], null]);
    const back = (await app.get(two.previous_page_uri, loginOf(account))).json;
    assert.equal(back.messages[0].sid, rare[0]);
    assert.deepEqual((await found('From=RARE&PageSize=1&Page=1')).sids, rare.slice(1));
    assert.deepEqual((await found('From=NOBODY')).sids, []);

    const browser = await signedIn(app, await aPerson(app, account));
    const messages = `/console/${account.sid}/messages`;
    const seen: string[] = [];
    let address = `${messages}?status=failed`;
    let pages = 0;
    for (; address !== ''; pages += 1) {
      const { text } = await browser.get(address);
      for (const sid of rare) if (text.includes(`${messages}/${sid}`)) seen.push(sid);
      const [, older] = /href="([^"]*)" rel="next"/.exec(text) ?? [];
      assert.equal(/Searched as far as/.test(text), older !== undefined);
      address = older?.replaceAll('&amp;', '&') ?? '';
    }
    assert.deepEqual([seen, pages], [rare, 3]);
  });
});
