import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  aCall,
  aCaller,
  aFinishedCall,
  anApplication,
  anIncomingCall,
  type Caller,
  requestsTo,
  settle,
  tasksLeft,
  usageOf,
} from '../support/calls.ts';
import { onEveryEngine, type TestApp, testApp } from '../support/test-app.ts';

const DAY = 86_400_000;
const EVERY = ['in-progress', 'completed', 'absent'];

const listOf = ({ calls }: Caller, list: string) => calls.replace(/Calls$/, list);

async function recordingsOf(app: TestApp, caller: Caller, query = '') {
  const listed = await app.get(`${listOf(caller, 'Recordings')}.json${query}`, caller.login);
  assert.equal(listed.status, 200, listed.text);
  return listed.json.recordings;
}

/** A call that lasts a hundred seconds, half of which have passed. */
async function aLongCall(app: TestApp, caller: Caller, form = {}) {
  const call = await aCall(app, caller, {
    Twiml: '<Response><Pause length="100"/></Response>',
    ...form,
  });
  await settle(app, 900);
  return call;
}

onEveryEngine('recordings', (engine) => {
  test('start with the answer of a call, are reported, and are metered by the minute', async () => {
    await using app = await testApp({ engine });
    await using told = await anApplication({});
    const caller = await aCaller(app);
    const call = await aFinishedCall(app, caller, {
      Twiml: '<Response><Pause length="61"/></Response>',
      Record: 'true',
      RecordingChannels: 'dual',
      RecordingStatusCallback: `${told.origin}/recorded`,
      RecordingStatusCallbackEvent: EVERY.join(' '),
      StatusCallback: `${told.origin}/status`,
    });
    const [recording] = await recordingsOf(app, caller);
    assert.deepEqual(
      [recording.status, recording.duration, recording.channels, recording.source, recording.price],
      ['completed', '61', 2, 'OutboundAPI', '-0.005'],
    );
    assert.equal(recording.call_sid, call.sid);
    assert.equal((await usageOf(app, caller))['calls-recordings'], '1 2 0.005');
    assert.deepEqual(
      requestsTo(told, '/recorded')
        .map(({ RecordingStatus }) => RecordingStatus ?? '')
        .toSorted((a, b) => a.localeCompare(b)),
      ['completed', 'in-progress'],
    );
    const status = requestsTo(told, '/status')[0];
    assert.equal(status?.['RecordingSid'], recording.sid);
    assert.match(status?.['RecordingUrl'] ?? '', /^http:\/\/localhost.*\/Recordings\/RE\w{32}$/);
    const below = await app.get(`${caller.calls}/${call.sid}/Recordings.json`, caller.login);
    const [same] = below.json.recordings;
    assert.deepEqual([same.sid, same.price, same.track], [recording.sid, '-0.005', 'both']);
  });

  test('are absent for calls without speech, and not made for unanswered calls', async () => {
    await using app = await testApp({ engine });
    await using told = await anApplication({});
    const caller = await aCaller(app);
    const recorded = {
      Record: 'true',
      RecordingStatusCallback: `${told.origin}/recorded`,
      RecordingStatusCallbackEvent: EVERY.join(' '),
    };
    const Twiml = '<Response><Hangup/></Response>';
    await aFinishedCall(app, caller, { Twiml, To: '+15005550002', ...recorded });
    assert.deepEqual(await recordingsOf(app, caller), []);
    await aFinishedCall(app, caller, { Twiml, ...recorded });
    const [absent] = await recordingsOf(app, caller);
    assert.deepEqual([absent.status, absent.price, absent.media_url], ['absent', null, null]);
    assert.equal(
      requestsTo(told, '/recorded').filter((one) => one['RecordingStatus'] === 'absent').length,
      1,
    );
    const media = `${listOf(caller, 'Recordings')}/${absent.sid}.wav`;
    assert.equal((await app.get(media, caller.login)).status, 404);
  });

  test('are real WAV files of the stated length, with and without a suffix', async () => {
    await using app = await testApp({ engine });
    const caller = await aCaller(app);
    for (const [RecordingChannels, channels] of [
      ['mono', 1],
      ['dual', 2],
    ] as const) {
      const Twiml = '<Response><Pause length="3"/></Response>';
      await aFinishedCall(app, caller, { Twiml, Record: 'true', RecordingChannels });
      const [{ sid }] = await recordingsOf(app, caller);
      const path = `${listOf(caller, 'Recordings')}/${sid}`;
      const headers = { authorization: basicOf(caller) };
      const wav = await app.server.inject({ method: 'GET', url: `${path}.wav`, headers });
      assert.equal(wav.headers['content-type'], 'audio/x-wav');
      const bytes = wav.rawPayload;
      assert.equal(Number(wav.headers['content-length']), bytes.length);
      assert.equal(
        bytes.toString('latin1', 0, 4) + bytes.toString('latin1', 8, 16),
        'RIFFWAVEfmt ',
      );
      assert.equal(bytes.readUInt32LE(4), bytes.length - 8);
      assert.equal(bytes.readUInt16LE(22), channels);
      assert.equal(bytes.readUInt32LE(24), 8_000);
      assert.equal(bytes.length, 44 + 3 * 8_000 * 2 * channels);
      assert.ok(bytes.subarray(44).some((byte) => byte !== 0));
      const bare = await app.server.inject({ method: 'GET', url: path, headers });
      assert.ok(bare.rawPayload.equals(bytes));
      const mp3 = await app.server.inject({ method: 'GET', url: `${path}.mp3`, headers });
      assert.equal(mp3.headers['content-type'], 'audio/mpeg');
      assert.ok(mp3.rawPayload.length > 10_000, 'three seconds of 32 kbit/s');
      const head = await app.server.inject({ method: 'HEAD', url: `${path}.mp3`, headers });
      assert.deepEqual([head.statusCode, head.rawPayload.length], [200, 0]);
      assert.equal(
        (await app.get(`${path}.xml`, caller.login)).headers['content-type'],
        'application/xml; charset=utf-8',
      );
    }
  });

  test('are started, paused, resumed and stopped while a call goes on', async () => {
    await using app = await testApp({ engine });
    const caller = await aCaller(app);
    const call = await aLongCall(app, caller);
    const list = `${caller.calls}/${call.sid}/Recordings`;
    const change = async (sid: string, form: Record<string, string>) => {
      const reply = await app.post(`${list}/${sid}.json`, caller.login, form);
      return reply.status === 200 ? reply.json.status : reply.json.code;
    };
    const started = await app.post(`${list}.json`, caller.login, { RecordingTrack: 'inbound' });
    assert.equal(started.status, 201, started.text);
    const { sid } = started.json;
    assert.deepEqual([started.json.status, started.json.track], ['in-progress', 'inbound']);
    app.advance(100);
    const pause = { Status: 'paused', PauseBehavior: 'skip' };
    assert.equal(await change('Twilio.CURRENT', pause), 'paused');
    app.advance(100);
    assert.equal(await change(sid, { Status: 'in-progress' }), 'in-progress');
    app.advance(100);
    const remove = () => app.request('DELETE', `${list}/${sid}.json`, { login: caller.login });
    assert.equal((await remove()).status, 409);
    assert.equal(await change(sid, { Status: 'stopped' }), 'completed');
    assert.equal(await change(sid, { Status: 'stopped' }), 'completed');
    assert.equal(await change(sid, { Status: 'in-progress' }), 21220);
    assert.equal(await change(sid, { Status: 'processing' }), 20001);
    assert.equal(await change('Twilio.CURRENT', { Status: 'stopped' }), 20404);
    const [recording] = await recordingsOf(app, caller);
    // A hundred seconds pass in one of the clock. Of three times ten, the middle was paused.
    assert.deepEqual([recording.duration, recording.source], ['20', 'StartCallRecordingAPI']);
    await settle(app);
    const late = await app.post(`${list}.json`, caller.login, {});
    assert.deepEqual([late.status, late.json.code], [400, 21220]);
    assert.equal((await usageOf(app, caller))['calls-recordings'], '1 1 0.0025');
    assert.equal((await remove()).status, 204);
  });

  test('end with their call, also by a request that ends it', async () => {
    await using app = await testApp({ engine });
    const caller = await aCaller(app);
    const call = await aLongCall(app, caller, { Record: 'true' });
    await app.post(`${caller.calls}/${call.sid}.json`, caller.login, { Status: 'completed' });
    const [recording] = await recordingsOf(app, caller);
    assert.deepEqual([recording.status, recording.duration], ['completed', '50']);
  });

  test('are shown as deleted for forty days on request', async () => {
    await using app = await testApp({ engine });
    const caller = await aCaller(app);
    const Twiml = '<Response><Pause length="3"/></Response>';
    await aFinishedCall(app, caller, { Twiml, Record: 'true' });
    const [{ sid, call_sid }] = await recordingsOf(app, caller);
    const path = `${listOf(caller, 'Recordings')}/${sid}`;
    const remove = () => app.request('DELETE', `${path}.json`, { login: caller.login });
    assert.equal((await remove()).status, 204);
    assert.equal((await remove()).status, 404);
    for (const suffix of ['.json', '.wav', '']) {
      assert.equal((await app.get(path + suffix, caller.login)).status, 404);
    }
    const asked = '?IncludeSoftDeleted=true';
    const statusOf = async () => (await app.get(`${path}.json${asked}`, caller.login)).json.status;
    assert.equal(await statusOf(), 'deleted');
    assert.deepEqual(await recordingsOf(app, caller), []);
    assert.equal((await recordingsOf(app, caller, `${asked}&CallSid=${call_sid}`)).length, 1);
    app.advance(40 * DAY);
    assert.equal(await statusOf(), 404);
    assert.deepEqual(await recordingsOf(app, caller, asked), []);
    assert.equal((await usageOf(app, caller))['calls-recordings'], '1 1 0.0025');
  });

  test('are made by a verb and by a Dial, and transcribed', async () => {
    await using app = await testApp({ engine });
    await using asked = await anApplication({
      '/voice':
        '<Record action="/recorded" transcribe="true" transcribeCallback="/words" ' +
        'recordingStatusCallback="/status" recordingStatusCallbackEvent="in-progress completed"/>',
      '/recorded': '<Dial record="record-from-answer-dual" action="/dialled">+15005559876</Dial>',
      '/dialled': '<Hangup/>',
    });
    const caller = await aCaller(app, { VoiceUrl: `${asked.origin}/voice` });
    await anIncomingCall(app, { to: caller.number, inputs: ['The horse is brown'] });
    await settle(app);
    const [dialled, spoken] = await recordingsOf(app, caller);
    assert.deepEqual([dialled.source, dialled.channels, dialled.duration], ['DialVerb', 2, '20']);
    assert.deepEqual([spoken.source, spoken.channels, spoken.duration], ['RecordVerb', 1, '2']);
    const [recorded] = requestsTo(asked, '/recorded');
    assert.equal(recorded?.['RecordingSid'], spoken.sid);
    assert.equal(recorded?.['RecordingDuration'], '2');
    assert.ok(requestsTo(asked, '/dialled')[0]?.['RecordingUrl']?.endsWith(dialled.sid));
    assert.equal(requestsTo(asked, '/status').length, 2);
    const [words] = requestsTo(asked, '/words');
    assert.equal(words?.['TranscriptionText'], 'The horse is brown');
    assert.equal(words?.['TranscriptionStatus'], 'completed');

    const list = listOf(caller, 'Transcriptions');
    const [transcription] = (await app.get(`${list}.json`, caller.login)).json.transcriptions;
    assert.deepEqual(
      [transcription.status, transcription.price, transcription.recording_sid],
      ['completed', '-0.05', spoken.sid],
    );
    const path = `${list}/${transcription.sid}`;
    const text = await app.get(`${path}.txt`, caller.login);
    assert.equal(text.text, 'The horse is brown');
    const { headers } = await app.get(path, caller.login);
    assert.equal(headers['content-type'], 'application/xml; charset=utf-8');
    const below = `${listOf(caller, 'Recordings')}/${spoken.sid}/Transcriptions/${transcription.sid}`;
    assert.equal((await app.get(`${below}.txt`, caller.login)).text, 'The horse is brown');
    assert.equal(
      (await app.request('DELETE', `${below}.json`, { login: caller.login })).status,
      204,
    );
    assert.equal((await app.get(`${path}.json`, caller.login)).status, 404);
    assert.equal((await usageOf(app, caller))['transcriptions'], '1 1 0.05');
    assert.deepEqual(await tasksLeft(app), []);
  });
});

function basicOf({ login }: Caller): string {
  return `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`;
}
