import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ConfigError, readConfig } from './config.ts';

const KEY = Buffer.alloc(32, 7).toString('base64');

suite('settings', () => {
  test('default to development mode on loopback, with a folder', () => {
    const { environment, ...settings } = readConfig({}, { SOME_SECRET: 'here' });
    assert.equal(environment('SOME_SECRET'), 'here');
    assert.deepEqual(settings, {
      mode: 'development',
      host: '127.0.0.1',
      port: 4010,
      data: { engine: 'sqlite', folder: './tieline-data' },
      publicUrl: null,
      secretKeys: null,
      adminToken: null,
      logLevel: 'info',
      logFormat: null,
      developer: null,
      requestsPerSecond: null,
      overload: 'wait',
      webhookPorts: [],
      webhookNetworks: [],
      trustedProxies: [],
      allowedHosts: [],
      opsNetworks: [],
      opsPort: null,
      carriersFile: null,
      retention: {
        'message-bodies': null,
        messages: null,
        calls: null,
        recordings: null,
        audit: null,
      },
    });
  });

  test('come from flags first, then from variables', () => {
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

  test('hold several named keys, or one key without a name', () => {
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

  test('set the request rate of accounts and the ports of webhooks', () => {
    const rate = (text: string) =>
      readConfig({}, { TIELINE_REQUESTS_PER_SECOND: text }).requestsPerSecond;
    assert.deepEqual([rate(''), rate('0'), rate('250')], [null, 0, 250]);
    const ports = (text: string) => readConfig({}, { TIELINE_WEBHOOK_PORTS: text }).webhookPorts;
    assert.deepEqual([ports(''), ports('8443'), ports('8080, 8443')], [[], [8443], [8080, 8443]]);
  });

  test('name the private networks of webhooks, each with its bits', () => {
    const networks = (text: string) =>
      readConfig({}, { TIELINE_WEBHOOK_NETWORKS: text }).webhookNetworks;
    assert.deepEqual(networks(''), []);
    const given = '10.20.0.0/16, 127.0.0.1, ::1, fd12::/48, 169.254.169.254';
    const read = ['10.20.0.0/16', '127.0.0.1/32', '::1/128', 'fd12::/48', '169.254.169.254/32'];
    assert.deepEqual(networks(given), read);
    const refused = `0.0.0.0/0 10.0.0.0/7 8.8.8.8 169.254.0.0/16 169.254.169.0/31 224.0.0.1 0.0.0.0 ::/0
      :: fe80::1%lo fe80::/10 ::ffff:10.0.0.1 ::ffff:10.0.0.0/104 64:ff9b::/96 2002:a00::/24 x 10.0.0.0/33`;
    for (const network of refused.split(/\s+/)) {
      assert.throws(() => networks(network), ConfigError, network);
    }
    assert.throws(
      () => networks('0.0.0.0/0'),
      /WEBHOOK_NETWORKS must be networks within 10\.0\.0\.0/,
    );
    assert.throws(() => networks(Array(101).fill('10.0.0.1').join()), /at most 100 of them/);
  });

  test('say whether requests are refused in an overload, which production does by default', () => {
    const overload = (text: string) => readConfig({}, { TIELINE_OVERLOAD: text }).overload;
    assert.deepEqual(
      [overload(''), overload('refuse'), overload('wait')],
      ['wait', 'refuse', 'wait'],
    );
    assert.throws(() => overload('shed'), ConfigError);
    const production = (text: string) =>
      readConfig(
        { production: true, publicUrl: 'https://x.example' },
        { TIELINE_SECRET_KEY: KEY, TIELINE_OVERLOAD: text },
      ).overload;
    assert.deepEqual([production(''), production('wait')], ['refuse', 'wait']);
  });

  test('name the trusted proxies', () => {
    const proxies = (text: string) =>
      readConfig({}, { TIELINE_TRUSTED_PROXIES: text }).trustedProxies;
    assert.deepEqual(proxies(''), []);
    assert.deepEqual(proxies('10.0.0.0/8, ::1'), ['10.0.0.0/8', '::1']);
  });

  test('say whether PostgreSQL prepares statements by name', () => {
    const url = 'postgres://db/x';
    const data = (prepare: string) =>
      readConfig({ data: url }, { TIELINE_DATABASE_PREPARE: prepare }).data;
    assert.deepEqual(data(''), { engine: 'postgres', url });
    assert.deepEqual(data('off'), { engine: 'postgres', url, prepare: 'off' });
  });

  test('say how many transactions may write to PostgreSQL at the same time', () => {
    const url = 'postgres://db/x';
    const data = (writers: string) =>
      readConfig({ data: url }, { TIELINE_DATABASE_WRITERS: writers }).data;
    assert.deepEqual(data(''), { engine: 'postgres', url });
    assert.deepEqual(data('8'), { engine: 'postgres', url, writers: 8 });
  });

  test("take the developer's credentials from variables only if both have Twilio's form", () => {
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
      [{}, { TIELINE_DATABASE_PREPARE: 'yes' }, /TIELINE_DATABASE_PREPARE must be auto, on or off/],
      [
        {},
        { TIELINE_DATABASE_WRITERS: '0' },
        /TIELINE_DATABASE_WRITERS must be a number from 1 to 8/,
      ],
      [
        {},
        { TIELINE_DATABASE_WRITERS: '9' },
        /TIELINE_DATABASE_WRITERS must be a number from 1 to 8/,
      ],
      [{ publicUrl: 'ftp://x' }, {}, /public URL must be an http or https/],
      [{ publicUrl: 'x' }, {}, /public URL/],
      [{ logLevel: 'loud' }, {}, /log level must be one of debug/],
      [{}, { TIELINE_LOG_FORMAT: 'xml' }, /TIELINE_LOG_FORMAT must be pretty or json/],
      [{}, { TIELINE_SECRET_KEY: 'short' }, /32 bytes in base64/],
      [{}, { TIELINE_SECRET_KEY: `${KEY},${KEY}` }, /names two keys alike/],
      [{}, { TIELINE_ADMIN_TOKEN: 'short' }, /at least 16 characters/],
      [{}, { TIELINE_ADMIN_TOKEN: 'a'.repeat(16) }, /hard to guess; make one with: openssl/],
      [{}, { TIELINE_ADMIN_TOKEN: 'ab'.repeat(20) }, /hard to guess/],
      [{}, { TIELINE_ADMIN_TOKEN: 'abcdefghijklmnopqrstuvwxyz' }, /hard to guess/],
      [{}, { TIELINE_ADMIN_TOKEN: '12345678901234567890' }, /hard to guess/],
      [{}, { TIELINE_ALLOWED_HOSTS: 'a:80' }, /without a port/],
      [{ allowHost: ['http://x'] }, {}, /--allow-host \(TIELINE_ALLOWED_HOSTS\) must name hosts/],
      [{ allowHost: [''] }, {}, /must name hosts/],
      [{ opsPort: '65536' }, {}, /--ops-port \(TIELINE_OPS_PORT\) must be a number/],
      [{}, { TIELINE_OPS_PORT: '-1' }, /--ops-port/],
      [{}, { TIELINE_OPS_NETWORKS: 'x' }, /TIELINE_OPS_NETWORKS must be addresses or networks/],
      [{}, { TIELINE_REQUESTS_PER_SECOND: '1.5' }, /from 0 \(no limit\) to 1000000/],
      [{}, { TIELINE_REQUESTS_PER_SECOND: '1000001' }, /from 0/],
      [{}, { TIELINE_WEBHOOK_PORTS: '8443,' }, /ports from 1 to 65535 separated by commas/],
      [{}, { TIELINE_WEBHOOK_PORTS: '0' }, /ports from 1/],
      [{}, { TIELINE_WEBHOOK_PORTS: '65536' }, /ports from 1/],
      [{}, { TIELINE_TRUSTED_PROXIES: '10.0.0.0/33' }, /addresses or networks/],
      [{}, { TIELINE_TRUSTED_PROXIES: 'proxy.example.com' }, /addresses or networks/],
      [{ production: true }, {}, /public URL.*secret key/],
      [
        { production: true, publicUrl: 'http://api.example.com' },
        { TIELINE_SECRET_KEY: KEY },
        /needs a public URL that begins with https:/,
      ],
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
