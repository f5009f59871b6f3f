import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { connect, createServer } from 'node:tls';
import { type Authority, openAuthority } from '../../src/intercept/authority.ts';
import { authorityFolder } from '../../src/intercept/authority-folder.ts';
import { loadCertificates } from '../../src/intercept/load-certificates.ts';
import { NOTHING_CAME, runPlace } from '../support/run-command.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { authority, listening } from './intercepted.ts';

const DAY_MS = 86_400_000;
const NOW = Date.now();

suite('the CA', () => {
  test('is made once, for its user only, and found again', async () => {
    using folder = temporaryFolder();
    const place = folder.at('data/tieline/ca');
    const made = await openAuthority(place, NOW);
    assert.deepEqual(await openAuthority(place, NOW), made);
    assert.equal(statSync(place).mode & 0o777, 0o700);
    assert.equal(statSync(join(place, 'ca.key')).mode & 0o777, 0o600);
    assert.equal(statSync(join(place, 'leaf.pem')).mode & 0o777, 0o600);
    assert.deepEqual(readdirSync(folder.at('data/tieline')), ['ca']);

    const ca = new X509Certificate(made.ca.certificate);
    const leaf = new X509Certificate(made.leaf.certificate);
    assert.ok(ca.ca && !leaf.ca && leaf.checkIssued(ca) && leaf.verify(ca.publicKey));
    assert.equal(ca.publicKey.asymmetricKeyDetails?.namedCurve, 'prime256v1');
    assert.ok(leaf.validToDate.getTime() - leaf.validFromDate.getTime() <= 398 * DAY_MS);
    assert.equal(
      leaf.subjectAltName,
      'DNS:api.twilio.com, DNS:voice.twilio.com, DNS:www.twilio.com, DNS:tls-test.twilio.com',
    );
  });

  test('is one CA, although many make it at the same moment', async () => {
    using folder = temporaryFolder();
    const place = folder.at('ca');
    const all = await Promise.all(Array.from({ length: 8 }, () => openAuthority(place, NOW)));
    const kept = readFileSync(join(place, 'ca.pem'), 'utf8');
    for (const one of all) assert.equal(one.ca.certificate, kept);
    assert.deepEqual(readdirSync(place).toSorted(), ['ca.key', 'ca.pem', 'leaf.pem']);
    assert.deepEqual(readdirSync(folder.path), ['ca']);
  });

  test('is one CA for several processes, too', async () => {
    using place = runPlace();
    const ends = await Promise.all([1, 2, 3].map(() => place.run(['--', 'node', '-e', ''])));
    for (const { status, stdout, stderr } of ends) {
      assert.deepEqual([status, stdout], [0, '']);
      assert.match(stderr, NOTHING_CAME);
    }
    assert.deepEqual(readdirSync(join(place.ca, '..')), ['ca']);
  });

  test('is renewed before it ends, with its certificates', async () => {
    using folder = temporaryFolder();
    const place = folder.at('ca');
    const first = await openAuthority(place, NOW);
    const later = await openAuthority(place, NOW + 370 * DAY_MS);
    assert.equal(later.ca.certificate, first.ca.certificate);
    assert.notEqual(later.leaf.certificate, first.leaf.certificate);
    const last = await openAuthority(place, NOW + 701 * DAY_MS);
    assert.notEqual(last.ca.certificate, first.ca.certificate);
    assert.ok(new X509Certificate(last.leaf.certificate).verify(publicKeyOf(last)));
    assert.deepEqual(readdirSync(folder.path), ['ca']);
    assert.deepEqual(await openAuthority(place, NOW + 702 * DAY_MS), last);
    // When a wrong clock is corrected, clients do not trust a certificate from the future.
    const now = await openAuthority(place, NOW);
    assert.ok(new X509Certificate(now.ca.certificate).validFromDate.getTime() < NOW);
  });

  test('is refused when other users may read it', async () => {
    using folder = temporaryFolder();
    const place = folder.at('ca');
    await openAuthority(place, NOW);
    chmodSync(join(place, 'ca.key'), 0o640);
    await assert.rejects(openAuthority(place, NOW), {
      name: 'Error',
      message: `The key of the CA is open to others: run chmod 600 '${place}/ca.key'.`,
    });
    chmodSync(join(place, 'ca.key'), 0o600);
    chmodSync(place, 0o770);
    await assert.rejects(openAuthority(place, NOW), /can be changed by others: run chmod 700/);
    chmodSync(place, 0o700);
    await openAuthority(place, NOW);
  });

  for (const [what, file, text] of [
    ['an empty certificate', 'ca.pem', ''],
    ['a cut certificate', 'ca.pem', '-----BEGIN CERTIFICATE-----\nMIIB'],
    ['an empty key', 'ca.key', ''],
    ['no certificate at all', 'ca.pem', null],
  ] as const) {
    test(`is refused with a sentence for ${what}`, async () => {
      using folder = temporaryFolder();
      const place = folder.at('ca');
      const { ca } = await openAuthority(place, NOW);
      mkdirSync(folder.at('other'));
      writeFileSync(join(place, file), text ?? ca.key, { mode: 0o600 });
      await assert.rejects(openAuthority(place, NOW), {
        message: `The CA in ${place} cannot be read: remove that folder, and the next run makes a new CA.`,
      });
    });
  }

  test('with another key is refused, and a damaged leaf is made again', async () => {
    using folder = temporaryFolder();
    const [one, other] = [folder.at('one'), folder.at('other')];
    const made = await openAuthority(one, NOW);
    const { ca } = await openAuthority(other, NOW);
    for (const damage of ['', made.leaf.certificate, ca.certificate + ca.key]) {
      writeFileSync(join(one, 'leaf.pem'), damage);
      const again = await openAuthority(one, NOW);
      assert.ok(new X509Certificate(again.leaf.certificate).verify(publicKeyOf(made)));
    }
    writeFileSync(join(one, 'ca.key'), ca.key);
    await assert.rejects(openAuthority(one, NOW), /cannot be read: remove that folder/);
  });

  test('can sign for nobody but Twilio: clients refuse what it signs for others', async () => {
    const { ca } = await authority;
    const { makeLeaf } = await loadCertificates();
    for (const [host, expected] of [
      ['api.twilio.com', 'trusted'],
      ['api.sydney.au1.twilio.com', 'trusted'],
      ['example.com', 'permitted subtree violation'],
      ['twilio.com.evil.example', 'permitted subtree violation'],
      ['eviltwilio.com', 'permitted subtree violation'],
    ] as const) {
      const leaf = await makeLeaf(ca, [host], NOW);
      const server = createServer({ cert: leaf.certificate, key: leaf.key });
      server.on('tlsClientError', () => {});
      await using place = await listening(server);
      const options = { port: place.port, host: '127.0.0.1', servername: host };
      const client = connect({ ...options, ca: ca.certificate });
      const outcome = await once(client, 'secureConnect').then(
        () => 'trusted',
        (error: Error) => error.message,
      );
      assert.equal(outcome, expected, host);
      client.destroy();
    }
  });

  test('is made for one run when none can be kept, with a notice', async () => {
    using place = runPlace();
    const env = { XDG_DATA_HOME: '/proc/nowhere' };
    const code = "fetch('https://api.twilio.com/').then((answer) => console.log(answer.status))";
    const { status, stdout, stderr } = await place.run(['--', 'node', '-e', code], { env });
    assert.deepEqual([status, stdout], [0, '200\n']);
    assert.match(
      stderr,
      /^tieline: The CA cannot be kept in \/proc\/nowhere\/tieline\/ca \([A-Z]+\); [^\n]+\n$/,
    );
  });

  test('is not put into the working folder when there is no home', async () => {
    using place = runPlace();
    for (const HOME of ['', 'here']) {
      const { status, stderr } = await place.run(['--', 'true'], { env: { HOME } });
      assert.equal(status, 0);
      assert.match(stderr, /^tieline: There is no home to keep the CA in; [^\n]+\n/);
    }
    assert.deepEqual(readdirSync(place.path).toSorted(), ['home', 'tmp']);
  });

  test("lies in the system's folder for data of programs", () => {
    assert.equal(authorityFolder({}, '/home/me', 'linux'), '/home/me/.local/share/tieline/ca');
    const xdg = { XDG_DATA_HOME: '/data' };
    assert.equal(authorityFolder(xdg, '/home/me', 'linux'), '/data/tieline/ca');
    const relative = { XDG_DATA_HOME: 'data' };
    assert.equal(authorityFolder(relative, '/h', 'linux'), '/h/.local/share/tieline/ca');
    assert.equal(authorityFolder({}, null, 'linux'), null);
    const mac = authorityFolder({}, '/Users/me', 'darwin');
    assert.equal(mac, '/Users/me/Library/Application Support/tieline/ca');
  });
});

function publicKeyOf({ ca }: Authority) {
  return new X509Certificate(ca.certificate).publicKey;
}
