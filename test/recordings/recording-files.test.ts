import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ROUTES } from '../../src/routes.ts';
import { aTenant, pathOf, type Tenant } from '../support/tenant.ts';
import { basic, loginOf, onEveryEngine, type TestApp, testApp } from '../support/test-app.ts';

/** The answer of a path, byte for byte. */
async function fileAt({ server }: TestApp, tenant: Tenant, url: string) {
  const authorization = basic(loginOf(tenant.account));
  const headers = { host: 'localhost', authorization };
  const { statusCode, headers: got, rawPayload } = await server.inject({ url, headers });
  return { status: statusCode, type: got['content-type'], bytes: rawPayload };
}

const [BITRATE, SAMPLE_RATE] = [32_000, 8_000];
/**
 * Samples in a frame, and the bytes that they take (ISO 11172-3 and its extension to low rates).
 */
const FRAME = { samples: 576, bytes: (576 / 8) * (BITRATE / SAMPLE_RATE) };

onEveryEngine('the file of a recording', (engine) => {
  test('is an MP3 on request, with frames of eight kilohertz and the length of the sound', async () => {
    await using app = await testApp({ engine });
    const tenant = await aTenant(app);
    const recordings = `/2010-04-01/Accounts/${tenant.account.sid}/Recordings`;
    const path = `${recordings}/${tenant.recording_sid}`;
    const { json } = await app.get(`${path}.json`, loginOf(tenant.account));
    const { status, type, bytes } = await fileAt(app, tenant, `${path}.mp3`);
    assert.deepEqual([status, type], [200, 'audio/mpeg']);
    const frames = bytes.length / FRAME.bytes;
    for (let at = 0; at < bytes.length; at += FRAME.bytes) {
      assert.deepEqual(
        [bytes[at], (bytes[at + 1] ?? 0) >> 1],
        [0xff, 0xe3 >> 1],
        `no frame at ${at}`,
      );
    }
    const seconds = (frames * FRAME.samples) / SAMPLE_RATE;
    assert.ok(Math.abs(seconds - Number(json.duration)) < 0.5, `${seconds} of ${json.duration}`);
    assert.deepEqual((await fileAt(app, tenant, `${path}.mp3`)).bytes, bytes, 'the same each time');
    const calls = `/2010-04-01/Accounts/${tenant.account.sid}/Calls`;
    const ofCall = `${calls}/${json.call_sid}/Recordings/${json.sid}`;
    assert.deepEqual((await fileAt(app, tenant, `${ofCall}.mp3`)).bytes, bytes);
    const wav = await fileAt(app, tenant, `${ofCall}.wav`);
    assert.deepEqual(wav, await fileAt(app, tenant, path));
    const nothing = await fileAt(app, tenant, `${recordings}/${tenant.running_recording_sid}.mp3`);
    assert.equal(nothing.status, 404);
    const message = `/2010-04-01/Accounts/${tenant.account.sid}/Messages/${tenant.message_sid}`;
    assert.equal((await fileAt(app, tenant, `${message}.mp3`)).status, 404);
  });

  test('can be deleted by its file name too', async () => {
    await using app = await testApp({ engine });
    const files = ROUTES.endpoints.flatMap(({ path, bytes }) =>
      (bytes?.suffixes ?? []).map((suffix) => ({ path, suffix })),
    );
    let deleted = 0;
    for (const { path, suffix } of files) {
      const endpoint = ROUTES.endpoints.find((one) => one.method === 'DELETE' && one.path === path);
      if (endpoint === undefined) continue;
      const tenant = await aTenant(app);
      const login = loginOf(tenant.account);
      const named = pathOf(endpoint, tenant).replace('.json', '');
      const refused = await app.request('DELETE', `${named}.html`, { login });
      assert.equal(refused.status, 404, `${endpoint.id}.html`);
      const reply = await app.request('DELETE', `${named}${suffix}`, { login });
      assert.equal(reply.status, 204, `${endpoint.id} ${suffix} ${reply.text}`);
      const again = await app.request('DELETE', `${named}${suffix}`, { login });
      assert.equal(again.status, 404, `${endpoint.id} ${suffix}`);
      deleted += 1;
    }
    assert.ok(deleted >= 5, 'recordings as .wav, .mp3 and alone, transcriptions as .txt');
    const tenant = await aTenant(app);
    const message = `/2010-04-01/Accounts/${tenant.account.sid}/Messages/${tenant.message_sid}`;
    const login = loginOf(tenant.account);
    assert.equal((await app.request('DELETE', `${message}.mp3`, { login })).status, 404);
    assert.equal((await app.request('DELETE', `${message}.json`, { login })).status, 204);
  });
});
