import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ConfigError, readConfig } from './config.ts';

const KEY = Buffer.alloc(32, 7).toString('base64');

suite('settings', () => {
  test('are development on loopback with a folder, when nothing is said', () => {
    assert.deepEqual(readConfig({}, {}), {
      mode: 'development',
      host: '127.0.0.1',
      port: 4010,
      data: { engine: 'sqlite', folder: './tieline-data' },
      publicUrl: null,
      secretKeys: null,
      adminToken: null,
      logLevel: 'info',
      developer: null,
    });
  });

  test('come from flags before variables', () => {
    const env = { PORT: '1', TIELINE_DATA: 'there', DATABASE_URL: 'postgres://db/x' };
    assert.equal(readConfig({ port: '2' }, env).port, 2);
    assert.equal(readConfig({}, env).port, 1);
    assert.deepEqual(readConfig({ data: ':memory:' }, env).data, { engine: 'memory' });
    assert.deepEqual(readConfig({}, env).data, { engine: 'sqlite', folder: 'there' });
    const { data } = readConfig({}, { DATABASE_URL: 'postgres://db/x' });
    assert.deepEqual(data, { engine: 'postgres', url: 'postgres://db/x' });
    assert.equal(
      readConfig({ publicUrl: 'https://x.example/' }, {}).publicUrl,
      'https://x.example',
    );
  });

  test('hold a ring of named keys, or one without a name', () => {
    assert.deepEqual(
      readConfig({}, { TIELINE_SECRET_KEY: KEY }).secretKeys?.map(({ id }) => id),
      ['k1'],
    );
    const two = `new:${KEY}, old:${Buffer.alloc(32, 8).toString('hex')}`;
    const { secretKeys } = readConfig({}, { TIELINE_SECRET_KEY: two });
    assert.deepEqual(
      secretKeys?.map(({ id }) => id),
      ['new', 'old'],
    );
    assert.ok(secretKeys?.every(({ bytes }) => bytes.length === 32));
  });

  test("use a real account's variables only when both have the form of the real ones", () => {
    const developer = (TWILIO_ACCOUNT_SID: string, TWILIO_AUTH_TOKEN: string) =>
      readConfig({}, { TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN }).developer;
    const sid = `AC${'0'.repeat(32)}`;
    assert.deepEqual(developer(sid, 'f'.repeat(32)), {
      accountSid: sid,
      authToken: 'f'.repeat(32),
    });
    assert.equal(developer(sid, ''), null);
    assert.equal(developer('AC', 'f'.repeat(32)), null);
  });

  test('that cannot be used are refused by name', () => {
    const cases: [Parameters<typeof readConfig>[0], Record<string, string>, RegExp][] = [
      [{ port: '65536' }, {}, /port must be a number from 0 to 65535/],
      [{ port: 'x' }, {}, /port/],
      [{ data: 'mysql://db/x' }, {}, /not at mysql:\/\//],
      [{ data: 'postgres://[/x' }, {}, /database URL cannot be read/],
      [{ publicUrl: 'ftp://x' }, {}, /public URL must be an http or https/],
      [{ publicUrl: 'x' }, {}, /public URL/],
      [{ logLevel: 'loud' }, {}, /log level must be one of debug/],
      [{}, { TIELINE_SECRET_KEY: 'short' }, /32 bytes in base64/],
      [{}, { TIELINE_SECRET_KEY: `${KEY},${KEY}` }, /names two keys alike/],
      [{}, { TIELINE_ADMIN_TOKEN: 'short' }, /at least 16 characters/],
      [{ production: true }, {}, /public URL.*secret key/],
      [
        { production: true, data: ':memory:', publicUrl: 'https://x' },
        { TIELINE_SECRET_KEY: KEY },
        /keep data/,
      ],
    ];
    for (const [options, env, message] of cases) {
      assert.throws(
        () => readConfig(options, env),
        (error: Error) => {
          assert.ok(error instanceof ConfigError, String(error));
          assert.match(error.message, message);
          return true;
        },
      );
    }
  });
});
