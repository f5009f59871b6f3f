import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { PROGRAM } from '../support/program/program.ts';
import { runPlace, trustFoldersIn } from '../support/run-command.ts';

const PROXY = [process.execPath, PROGRAM, 'proxy'];
/** The user `nobody` of every Linux. */
const NOBODY = 65_534;
const ASK =
  "fetch('https://api.twilio.com/2010-04-01/Accounts.json').then((a) => console.log(a.status))";

suite('tieline proxy', () => {
  test('prints what a shell needs, and serves until a signal', async () => {
    using place = runPlace();
    await using proxy = place.launch(PROXY);
    await proxy.says('/authorize/');
    const exports = place.file('tieline.env', proxy.stdout());
    const command = `. '${exports}'; echo "$TIELINE_URL"; exec node -e "$1"`;
    const asked = await place.spawn(['sh', '-euc', command, '-', ASK]);
    assert.equal(asked.stderr, '');
    assert.match(asked.stdout, /^http:\/\/localhost:\d+\n401\n$/);
    assert.match(proxy.stdout(), /docker run --network host -v \S+tieline-trust-\w+:/);
    assert.match(proxy.stdout(), /--ignore-certificate-errors-spki-list=[\w+/]{43}=/);
    const consent = /customer@example\.com signs in with\n# the password \S+:\n#\s+(\S+)\n/;
    const [, page] = consent.exec(proxy.stdout()) ?? [];
    const visit = `. '${exports}'; curl -s -o /dev/null -w '%{redirect_url}' '${page}'`;
    const { stdout: next } = await place.spawn(['sh', '-euc', visit]);
    assert.match(next, /^https:\/\/www\.twilio\.com\/login/);
    proxy.signal('SIGTERM');
    const { status, stderr } = await proxy.end();
    assert.deepEqual([status, stderr], [0, '']);
    assert.deepEqual(trustFoldersIn(place), []);
  });

  test('prints the same for tools in JSON', async () => {
    using place = runPlace();
    await using proxy = place.launch([...PROXY, '--json', '--offline']);
    await proxy.says('}\n');
    const { proxy: address, origin, ca_file, variables } = JSON.parse(proxy.stdout());
    assert.equal(variables.HTTPS_PROXY, address);
    assert.equal(variables.TIELINE_URL, origin);
    assert.equal(ca_file, `${place.ca}/ca.pem`);
    const asked = await place.spawn(['node', '-e', ASK], { env: variables });
    assert.equal(asked.stdout, '401\n');
    const refused = ASK.replace('api.twilio.com', 'example.com');
    const other = await place.spawn(['node', '-e', refused], { env: variables });
    assert.match(other.stderr, /403/);
  });

  if (process.getuid?.() === 0) {
    test('serves its own user, and others only with the credentials in its address', async () => {
      using place = runPlace();
      await using proxy = place.launch([...PROXY, '--json']);
      await proxy.says('}\n');
      const { proxy: address, variables } = JSON.parse(proxy.stdout());
      assert.match(address, /^http:\/\/tieline:[0-9a-f]{32}@127\.0\.0\.1:\d+$/);
      const without = address.replace(/\/\/.*@/, '//');
      const curl = (through: string, url: string) => [
        'curl',
        '-sk',
        '--output',
        '/dev/null',
        '--write-out',
        '%{http_code} %{http_connect}',
        '--proxy',
        through,
        url,
      ];
      const asNobody = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];
      const url = 'https://api.twilio.com/2010-04-01/Accounts.json';
      const own = await place.spawn(curl(without, url));
      assert.equal(own.stdout, '401 200');
      const stranger = await place.spawn([...asNobody, ...curl(without, url)]);
      assert.equal(stranger.stdout, '000 407');
      const plain = await place.spawn([...asNobody, ...curl(without, 'http://api.twilio.com/')]);
      assert.match(plain.stdout, /^407/);
      const known = await place.spawn([...asNobody, ...curl(address, url)]);
      assert.equal(known.stdout, '401 200');
      const door = variables.TIELINE_TLS_DOOR;
      const aside = ['curl', '-sk', '--connect-to', `::${door}`, url];
      assert.notEqual((await place.spawn([...asNobody, ...aside])).status, 0);
      assert.equal((await place.spawn(aside)).status, 0);
    });
  }

  test('ends with a sentence when its data cannot be used', async () => {
    using place = runPlace();
    const data = place.file('text', '');
    const { status, stdout, stderr } = await place.spawn([...PROXY, '--data', data]);
    assert.deepEqual([status, stdout], [2, '']);
    assert.match(stderr, /^tieline: The data folder \S+ cannot be used [^\n]+\n$/);
    assert.deepEqual(trustFoldersIn(place), []);
  });

  test('refuses itself as the previous proxy', async () => {
    using place = runPlace();
    await using proxy = place.launch([...PROXY, '--json']);
    await proxy.says('}\n');
    const { proxy: address } = JSON.parse(proxy.stdout());
    proxy.signal('SIGTERM');
    await proxy.end();
    const { port } = new URL(address);
    const again = [...PROXY, '--proxy-port', port];
    const { status, stderr } = await place.spawn(again, { env: { HTTP_PROXY: address } });
    assert.equal(status, 2);
    assert.match(
      stderr,
      new RegExp(`^tieline: HTTP_PROXY names port ${port}, .*unset [^\\n]+\\n$`),
    );
  });

  test('ends with a sentence when its port is taken', async () => {
    using place = runPlace();
    await using proxy = place.launch([...PROXY, '--json']);
    await proxy.says('}\n');
    const { port } = new URL(JSON.parse(proxy.stdout()).proxy);
    const second = await place.spawn([...PROXY, '--proxy-port', port]);
    assert.deepEqual([second.status, second.stdout], [2, '']);
    assert.equal(
      second.stderr,
      `tieline: Port ${port} on 127.0.0.1 is taken by another program: stop it, or choose another with --proxy-port.\n`,
    );
  });
});
