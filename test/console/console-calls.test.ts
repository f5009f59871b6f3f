import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wavBytes } from '../../src/recordings/wav.ts';
import { aFinishedCall, anApplication, anIncomingCall, OUTSIDE, settle } from '../support/calls.ts';
import {
  aCustomerStory,
  assertHarmless,
  assertHiddenFromStrangers,
  entriesOf,
  HOSTILE,
  textOf,
} from '../support/customer-story.ts';
import { loginOf, onEveryEngine, testApp } from '../support/test-app.ts';

onEveryEngine('the page of calls', (engine) => {
  test("shows the app's acts in a call, from the first request to the last callback", async () => {
    await using app = await testApp({ engine });
    await using told = await anApplication({
      '/voice': '<Say>Good morning</Say><Dial><Number>+15005551299</Number></Dial><Siprec/>',
    });
    const story = await aCustomerStory(app);
    const call = await aFinishedCall(app, story.app, {
      Url: `${told.origin}/voice`,
      StatusCallback: `${told.origin}/status`,
    });
    await settle(app);
    const list = await story.open('/calls');
    assert.match(entriesOf(list).at(-1) ?? '', /→ \+15005551234 completed Outgoing · \d+ seconds/);
    assert.match(entriesOf(list).at(-1) ?? '', /Reminders Its subaccount/);

    const page = await story.read(`/calls/${call.sid}`);
    assert.match(page, /Run by http:\/\/127\.0\.0\.1:\d+\/voice given by Reminders/);
    assert.match(page, /Dialed calls \S+ → \+15005551299 completed \d+ seconds/);
    const happened = entriesOf(await story.open(`/calls/${call.sid}`)).join('\n');
    const course = [
      / initiated/,
      / in progress/,
      / Request answered 200 within \d+ ms POST http/,
      / TwiML received as text\/xml <Response><Say>Good morning<\/Say><Dial>/,
      / Say line 1 Good morning/,
      / Dial line 1/,
      / Calls \+15005551299 CA\w{32}/,
      / completed/,
      / Callback of “completed” delivered POST http\S+ 1 attempt, answered 200/,
    ];
    let from = 0;
    for (const step of course) {
      const at = happened.slice(from).search(step);
      assert.notEqual(at, -1, `${step} in ${happened}`);
      from += at;
    }
    assert.match(happened, /Siprec/, 'what is not run is named');

    const leg = /\/calls\/(CA\w{32})/.exec(
      (await story.open(`/calls/${call.sid}`)).split('Dialed calls').at(-1) ?? '',
    )?.[1];
    assert.match(await story.read(`/calls/${leg}`), new RegExp(`Dialed by ${call.sid}`));
  });

  test('plays recordings, to the customer alone, until they are deleted', async () => {
    await using app = await testApp({ engine });
    const story = await aCustomerStory(app);
    const call = await aFinishedCall(app, story.app, {
      Twiml: '<Response><Pause length="61"/></Response>',
      Record: 'true',
    });
    const page = await story.open(`/calls/${call.sid}`);
    const [, audio = ''] = /<audio controls preload="none" src="([^"]+)"/.exec(page) ?? [];
    const { status, headers } = await story.browser.get(audio);
    assert.equal(status, 200);
    assert.equal(headers['content-type'], 'audio/x-wav');
    const sid = audio.slice(audio.lastIndexOf('/') + 1);
    const bytes = wavBytes({ sid, channels: 1, seconds: 61 });
    assert.equal(headers['content-length'], String(bytes));
    const { headers: own } = await story.browser.get(`/console/${story.customer.sid}/calls`);
    assert.match(own['content-security-policy'] ?? '', /media-src 'self'/);

    const other = await aFinishedCall(app, story.app, { Twiml: '<Response><Hangup/></Response>' });
    const elsewhere = audio.replace(call.sid, other.sid);
    assert.equal((await story.browser.get(elsewhere)).status, 404, 'of another call');
    const hidden = [`/calls/${call.sid}`, `/calls/${call.sid}/recordings/${sid}`];
    await assertHiddenFromStrangers(app, story.customer, hidden);
    const path = `/2010-04-01/Accounts/${story.app.account.sid}/Recordings/${sid}.json`;
    const login = { ...loginOf(story.customer) };
    assert.equal((await app.request('DELETE', path, { login })).status, 204);
    assert.equal((await story.browser.get(audio)).status, 404, 'deleted');
    assert.doesNotMatch(await story.open(`/calls/${call.sid}`), /<audio/);
  });

  test('shows any TwiML and any words as text, with the transcription of a recording', async () => {
    await using app = await testApp({ engine });
    const said = HOSTILE.replaceAll('&', '&amp;').replaceAll('<', '&lt;').slice(0, 400);
    await using told = await anApplication({
      '/voice': `<Say>${said}</Say><Record transcribe="true" action="/end"/>`,
      '/end': '<Hangup/>',
    });
    const story = await aCustomerStory(app);
    const path = `/2010-04-01/Accounts/${story.app.account.sid}/IncomingPhoneNumbers.json`;
    const { json } = await app.post(path, story.app.login, {
      AreaCode: '415',
      VoiceUrl: `${told.origin}/voice`,
    });
    const to = json.phone_number;
    const { sid } = await anIncomingCall(app, { to, inputs: [HOSTILE.slice(0, 60)] });
    await settle(app);
    for (const one of ['/calls', `/calls/${sid}`]) assertHarmless(await story.open(one));
    const page = await story.open(`/calls/${sid}`);
    assert.match(page, /<pre [^>]*aria-label="TwiML"><code dir="ltr">&lt;Response&gt;&lt;Say&gt;/);
    const words = textOf(page);
    assert.match(words, /Transcription completed/);
    assert.ok(words.includes('<script>alert(1)</script>'), words);
    const [entry] = entriesOf(await story.open('/calls'));
    assert.match(entry ?? '', /Incoming .* Run by Reminders someone outside Subaccount Reminders/);
  });

  test('filters calls by number and status, and names the outcome of each', async () => {
    await using app = await testApp({ engine });
    const story = await aCustomerStory(app);
    const Twiml = '<Response><Say>Hello</Say></Response>';
    const endings = { '+15005550002': 'busy', '+15005550003': 'no-answer', [OUTSIDE]: 'completed' };
    for (const To of Object.keys(endings)) await aFinishedCall(app, story.app, { To, Twiml });
    for (const [to, status] of Object.entries(endings)) {
      const query = new URLSearchParams({ to, status, direction: 'outbound-api' });
      const [entry, ...more] = entriesOf(await story.open(`/calls?${query.toString()}`));
      assert.ok(entry?.includes(`${to} ${status.replace('-', ' ')}`), entry ?? '');
      assert.deepEqual(more, []);
    }
    const empty = await story.open(`/calls?account=${story.customer.sid}`);
    assert.match(textOf(empty), /Nothing matches/);
  });
});
