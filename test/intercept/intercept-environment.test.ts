import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { variablesFor } from '../../src/intercept/environment.ts';
import { isIntercepted, readAuthority } from '../../src/intercept/hosts.ts';
import { writeTrustFiles } from '../../src/intercept/trust-files.ts';
import { readCertificates } from '../../src/intercept/trust-store.ts';
import { covers, readUpstream } from '../../src/intercept/upstream.ts';
import { withoutNpx } from '../../src/intercept/without-npx.ts';
import { CERTIFICATE } from '../support/self-signed.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const CA = '-----BEGIN CERTIFICATE-----\nQ0E=\n-----END CERTIFICATE-----\n';
const ACCOUNT = { account_sid: `AC${'1'.repeat(32)}`, auth_token: '2'.repeat(32) };
const PLACE = {
  proxy_port: 4321,
  tls_port: 4322,
  node_option: '--require /t/preload.cjs',
  origin: 'http://localhost:4010',
  world: {
    customer_account_sid: `AC${'3'.repeat(32)}`,
    connect_app_sid: `CN${'4'.repeat(32)}`,
    password: 'p4ssword',
  },
  ...ACCOUNT,
};

suite('the environment of a program', () => {
  test('has the variables of every ecosystem in both spellings', () => {
    using trust = writeTrustFiles(CA, {});
    const proxy = 'http://127.0.0.1:4321';
    const direct = 'localhost,127.0.0.1,::1';
    assert.deepEqual(variablesFor({ ...PLACE, trust }, {}), {
      HTTP_PROXY: proxy,
      HTTPS_PROXY: proxy,
      http_proxy: proxy,
      https_proxy: proxy,
      NO_PROXY: direct,
      no_proxy: direct,
      NODE_EXTRA_CA_CERTS: `${trust.folder}/NODE_EXTRA_CA_CERTS.pem`,
      DENO_CERT: `${trust.folder}/DENO_CERT.pem`,
      SSL_CERT_FILE: trust.bundle,
      REQUESTS_CA_BUNDLE: trust.bundle,
      CURL_CA_BUNDLE: trust.bundle,
      NODE_USE_ENV_PROXY: '1',
      NODE_OPTIONS: '--require /t/preload.cjs',
      TIELINE_TLS_DOOR: '127.0.0.1:4322',
      JAVA_TOOL_OPTIONS:
        '-Dhttp.proxyHost=127.0.0.1 -Dhttp.proxyPort=4321 -Dhttps.proxyHost=127.0.0.1 ' +
        '-Dhttps.proxyPort=4321 -Dhttp.nonProxyHosts=localhost|127.0.0.1|[::1] ' +
        `-Djavax.net.ssl.trustStore=${trust.folder}/trust.p12 -Djavax.net.ssl.trustStoreType=PKCS12`,
      PYTHONPATH: trust.python,
      PHP_INI_SCAN_DIR: `:${trust.php}`,
      TWILIO_ACCOUNT_SID: ACCOUNT.account_sid,
      TWILIO_AUTH_TOKEN: ACCOUNT.auth_token,
      TIELINE_URL: 'http://localhost:4010',
      TIELINE_DEVELOPER_EMAIL: 'developer@example.com',
      TIELINE_CUSTOMER_EMAIL: 'customer@example.com',
      TIELINE_PASSWORD: 'p4ssword',
      TIELINE_CUSTOMER_ACCOUNT_SID: PLACE.world.customer_account_sid,
      TIELINE_CONNECT_APP_SID: PLACE.world.connect_app_sid,
    });
  });

  test('keeps previous variables, except those that lead past Tieline', () => {
    using trust = writeTrustFiles(CA, {});
    const env = {
      NO_PROXY: '.corp.example, *.twilio.com,api.twilio.com:443,*',
      no_proxy: '10.0.0.0/8 com',
      JAVA_TOOL_OPTIONS: '-Xmx1g',
      NODE_OPTIONS: '--enable-source-maps',
      PYTHONPATH: '/mine',
      PHP_INI_SCAN_DIR: '/etc/php',
    };
    const variables = variablesFor({ ...PLACE, trust }, env);
    assert.equal(variables['NO_PROXY'], 'localhost,127.0.0.1,::1,10.0.0.0/8,.corp.example');
    assert.equal(variables['no_proxy'], variables['NO_PROXY']);
    assert.equal(variables['NODE_OPTIONS'], '--require /t/preload.cjs --enable-source-maps');
    assert.match(variables['JAVA_TOOL_OPTIONS'] ?? '', /^-Xmx1g -D.*\|\*\.corp\.example /);
    assert.equal(variables['PYTHONPATH'], `${trust.python}:/mine`);
    assert.equal(variables['PHP_INI_SCAN_DIR'], `/etc/php:${trust.php}`);
  });

  test('has files that trust the CA and everything that was trusted before', () => {
    using folder = temporaryFolder();
    const mine = folder.at('mine.pem');
    const trust = writeTrustFiles(CA, {});
    assert.ok(readCertificates(readFileSync(trust.bundle, 'utf8')).length > 50);
    assert.match(readFileSync(trust.bundle, 'utf8'), /Q0E=/);
    assert.ok(readFileSync(trust.trust_store).includes(Buffer.from('CA')));
    const module = readdirSync(`${trust.python}/certifi`).toSorted();
    assert.deepEqual(module, ['__init__.py', '__main__.py', 'cacert.pem', 'core.py']);
    const trusted = readFileSync(`${trust.python}/certifi/cacert.pem`, 'utf8');
    assert.equal(trusted, readFileSync(trust.bundle, 'utf8'));
    assert.match(readFileSync(`${trust.php}/tieline.ini`, 'utf8'), /curl\.cainfo=".*bundle\.pem"/);
    trust[Symbol.dispose]();
    assert.ok(!existsSync(trust.folder));

    const lost = { NODE_EXTRA_CA_CERTS: mine, SSL_CERT_FILE: mine };
    using without = writeTrustFiles(CA, lost);
    assert.equal(without.notices.length, 2);
    assert.equal(without.variables['SSL_CERT_FILE'], without.bundle);
    assert.match(without.notices[0] ?? '', /^NODE_EXTRA_CA_CERTS names .*mine\.pem, which cannot/);
    writeFileSync(mine, CERTIFICATE);
    using kept = writeTrustFiles(CA, lost);
    for (const name of ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE']) {
      const text = readFileSync(kept.variables[name] ?? '', 'utf8');
      assert.equal(readCertificates(text).length, 2, name);
      assert.ok(text.includes(CERTIFICATE) && text.includes(CA));
    }
  });

  test('has files that every user may read, with any umask', () => {
    const before = process.umask(0o077);
    try {
      using trust = writeTrustFiles(CA, { SSL_CERT_FILE: '/dev/null' });
      for (const entry of readdirSync(trust.folder, { recursive: true, encoding: 'utf8' })) {
        const { mode } = statSync(`${trust.folder}/${entry}`);
        assert.equal(mode & 0o044, 0o044, entry);
      }
      assert.equal(statSync(trust.php).mode & 0o777, 0o755);
    } finally {
      process.umask(before);
    }
  });

  test('has PATH and variables without npx, and unchanged ones inside a script', () => {
    const npm = '/usr/lib/node_modules/npm/node_modules/@npmcli/run-script/lib/node-gyp-bin';
    const bins = ['/cache/_npx/1a/node_modules/.bin', '/p/node_modules/.bin', '/node_modules/.bin'];
    const own = ['/p/node_modules/.bin', '/usr/bin'];
    const env = {
      PATH: [...bins, npm, ...own].join(':'),
      HOME: '/me',
      NODE: '/npm/node',
      INIT_CWD: '/p',
      COLOR: '1',
      npm_node_execpath: '/npm/node',
      npm_config_cache: '/c',
      npm_lifecycle_event: 'npx',
    };
    assert.deepEqual(withoutNpx(env), { PATH: own.join(':'), HOME: '/me' });
    const script = { ...env, npm_lifecycle_event: 'test' };
    assert.deepEqual(withoutNpx(script), script);
    const { npm_lifecycle_event: _, ...plain } = env;
    assert.deepEqual(withoutNpx(plain), plain);
    const odd = { ...env, PATH: `/usr/bin:${npm}:/bin`, NODE: '/my/node' };
    assert.deepEqual(withoutNpx(odd), { PATH: odd.PATH, HOME: '/me', NODE: '/my/node' });
  });
});

suite('the rules of names in a proxy', () => {
  test('match hosts by whole labels', () => {
    const ours = ['api.twilio.com', 'voice.us1.twilio.com', 'api.sao-paulo.us1.twilio.com'];
    const others = [
      'www.us1.twilio.com',
      'api.twilio.com.x',
      'a.api.twilio.com',
      'api.x_y.twilio.com',
    ];
    assert.deepEqual(ours.map(isIntercepted), [true, true, true]);
    assert.deepEqual(others.map(isIntercepted), [false, false, false, false]);
    assert.deepEqual(readAuthority('API.Twilio.com.:443'), { host: 'api.twilio.com', port: 443 });
    assert.deepEqual(readAuthority('api.twilio.com..:443'), { host: 'api.twilio.com', port: 443 });
    assert.deepEqual(readAuthority('[::1]:80'), { host: '::1', port: 80 });
    for (const text of [
      '',
      ':1',
      'a',
      'a:',
      'a:x',
      'a:1:2',
      '[]:1',
      'a b:1',
      `${'a'.repeat(300)}:1`,
    ]) {
      assert.equal(readAuthority(text), null, text);
    }
  });

  test('let NO_PROXY cover a host and the names below it', () => {
    const cases: [string, string, boolean][] = [
      ['example.com', 'example.com', true],
      ['example.com', 'a.example.com', true],
      ['.example.com', 'a.example.com', true],
      ['*.example.com', 'a.example.com', true],
      ['example.com:443', 'example.com', true],
      ['example.com:80', 'example.com', false],
      ['example.com', 'badexample.com', false],
      ['::1', '::1', true],
      ['[::1]:443', '::1', true],
      ['*', 'anything', true],
    ];
    for (const [entry, host, expected] of cases) {
      assert.equal(covers(entry, host, 443), expected, `${entry} ${host}`);
    }
  });

  test('read the previous proxy, or refuse it with a sentence', () => {
    assert.equal(readUpstream({}), null);
    const upstream = readUpstream({ http_proxy: 'proxy.corp:3128', NO_PROXY: 'corp' });
    assert.deepEqual(
      [upstream?.host, upstream?.port, upstream?.authorization],
      ['proxy.corp', 3128, null],
    );
    assert.ok(upstream?.passes('git.corp', 443) && !upstream.passes('example.com', 443));
    const odd = readUpstream({ HTTP_PROXY: 'http://me:100%@proxy.corp:3128' });
    assert.equal(odd?.authorization, `Basic ${Buffer.from('me:100%').toString('base64')}`);
    for (const text of ['socks5://x:1', 'https://x', '://', 'http://']) {
      assert.throws(
        () => readUpstream({ HTTPS_PROXY: text }),
        /^Error: HTTPS_PROXY must be a proxy such as/,
      );
    }
  });
});
