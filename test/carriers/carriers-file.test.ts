import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { choose, type Wanted } from '../../src/carriers/choose.ts';
import { readCarriers } from '../../src/carriers/read-carriers.ts';
import { secretReader } from '../../src/carriers/secret.ts';
import { testCarrier } from '../../src/cli/operate/operate-carriers.ts';
import { type Config, ConfigError, readConfig } from '../../src/config.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { webhookReceiver } from '../support/webhook-receiver.ts';

const ACCOUNT = `AC${'1'.repeat(32)}`;
const GRANT = `GR${'2'.repeat(32)}`;

/** Reads a file of carriers, as a server's start does. */
function read(yaml: string, mode: Config['mode'] = 'production') {
  using folder = temporaryFolder();
  const carriersFile = folder.at('carriers.yaml');
  writeFileSync(carriersFile, yaml);
  return readCarriers({ carriersFile, environment: () => undefined, mode });
}

function refusalOf(yaml: string): string {
  try {
    read(yaml);
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.message;
  }
  assert.fail('the file was accepted');
}

suite('the file of carriers', () => {
  const wrong: readonly [yaml: string, ...sentences: RegExp[]][] = [
    ['carriers: { mno: { kind: smoke } }', /carriers\.mno\.kind must be one of simulated/],
    ['carriers: { mno: {} }', /carriers\.mno\.kind must be one of/],
    ['carriers: { mno: 7 }', /carriers\.mno must be a map with a kind/],
    ['carriers: [mno]', /carriers must be a map of carriers by their names/],
    ['carriers: { Mno: { kind: simulated } }', /carriers\.Mno must be named by small letters/],
    ['carriers: { mno: { kind: simulated, host: a } }', /carriers\.mno does not take "host"/],
    [
      'carriers: { mno: { kind: simulated, numbers: ["0301234"] } }',
      /carriers\.mno\.numbers\[0\] must be a number as "\+14155550100"/,
    ],
    [
      'carriers: { a: { kind: simulated, numbers: ["+14155550100"] }, b: { kind: simulated, numbers: ["+14155550100"] } }',
      /carriers\.b\.numbers\[0\] must not be a number of a too/,
    ],
    ['route: {}', /The file does not take "route"/],
    ['- routes', /The file must be a map of carriers, routes, sip_domains and limits/],
    ['routes: { texts: [] }', /routes does not take "texts"/],
    ['routes: { messages: mno }', /routes\.messages must be a list of routes/],
    ['routes: { messages: [{ to: "+49" }] }', /routes\.messages\[0\]\.by must be the name of/],
    [
      'routes: { messages: [{ emergency: XX, by: simulated }] }',
      /routes\.messages\[0\]\.emergency must be a country of these: AE, AT/,
    ],
    [
      'routes: { messages: [{ emergency: DE, to: "113", by: simulated }], calls: [{ emergency: DE, from: "+1", by: simulated }] }',
      /routes\.messages\[0\]\.to must be an emergency number of DE, which are 110, 112/,
      /routes\.calls\[0\]\.from must begin with "\+49", because only numbers of DE/,
    ],
    [
      'routes: { messages: [{ to: 49, by: simulated }] }',
      /messages\[0\]\.to must be a text in quotes/,
    ],
    [
      'routes: { messages: [{ by: mno }], calls: [{ by: pstn }], default: other }',
      /routes\.calls\[0\]\.by must name a carrier of this file, and "pstn" is none/,
      /routes\.messages\[0\]\.by must name a carrier of this file, and "mno" is none/,
      /routes\.default must name a carrier of this file, and "other" is none/,
    ],
    ['routes: { default: { calls: mno } }', /routes\.default\.calls must name a carrier/],
    ['routes: { messages: [{ account: AC1, by: simulated }] }', /\.account must be the SID of an/],
    ['routes: {{', /is not YAML: .* at line 1/],
    ['a: 1\na: 2', /is not YAML: Map keys must be unique/],
    [`x: ${'y'.repeat(1024 * 1024)}`, /is larger than 1 MiB/],
  ];
  for (const [yaml, ...sentences] of wrong) {
    test(`is refused with the place of the mistake: ${yaml.slice(0, 70)}`, () => {
      for (const sentence of sentences) assert.match(refusalOf(yaml), sentence);
    });
  }

  test('that is missing is named', () => {
    const missing = { carriersFile: 'nowhere.yaml', environment: () => undefined };
    assert.throws(
      () => readCarriers({ ...missing, mode: 'production' }),
      /nowhere\.yaml cannot be read \(ENOENT\)\./,
    );
  });

  test('names secrets, and holds none', () => {
    using folder = temporaryFolder();
    writeFileSync(folder.at('token'), 'from a file\n');
    const field = secretReader((name) => (name === 'TOKEN' ? 'a value' : undefined), folder.path)();
    assert.equal(field.parse('env:TOKEN'), 'a value');
    assert.equal(field.parse('file:token'), 'from a file');
    const problemOf = (text: string) => field.safeParse(text).error?.issues[0]?.message;
    assert.match(problemOf('a value') ?? '', /^must be env:NAME or file:PATH/);
    assert.match(problemOf('env:OTHER') ?? '', /environment variable OTHER, which is not set/);
    assert.match(problemOf('file:other') ?? '', /the file other, which cannot be read \(ENOENT\)/);
  });

  test('that is empty changes nothing', () => {
    const plan = read('', 'development');
    assert.equal(plan.default.messages.carrier, 'simulated');
    assert.equal(read('').default.messages.carrier, null);
  });
});

suite('the choice of a carrier', () => {
  const plan = read(`
carriers:
  linked: { kind: simulated, numbers: ["+14155550100"] }
  wide: { kind: simulated }
  near: { kind: simulated }
  own: { kind: simulated }
  app: { kind: simulated }
routes:
  messages:
    - { to: "+4", by: wide }
    - { to: "+4930", by: near }
    - { to: "+49", from: "+44", by: linked }
    - { account: ${ACCOUNT}, by: own }
    - { grant: ${GRANT}, by: app }
  default: { messages: simulated }
`);
  const base: Wanted = {
    traffic: 'messages',
    to: '+15005550006',
    from: '+14155550199',
    account_sid: null,
    root_sid: null,
    grant_sid: null,
  };
  const choices: readonly [Partial<Wanted>, string | null, RegExp][] = [
    [{ from: '+14155550100', to: '+4930123' }, 'linked', /number \+14155550100 is linked to it/],
    [{ to: '+41791234567' }, 'wide', /^routes\.messages\[0\] \(to \+4\)$/],
    [{ to: '+4930123' }, 'near', /^routes\.messages\[1\]/],
    [{ to: '+4940123', from: '+447700900123' }, 'linked', /^routes\.messages\[2\]/],
    [{ to: '+4930123', from: '+447700900123' }, 'near', /^routes\.messages\[1\]/],
    [{ to: '+4930123', account_sid: ACCOUNT }, 'own', /account AC1/],
    [{ to: '+4930123', account_sid: 'AC2', root_sid: ACCOUNT }, 'own', /account AC1/],
    [{ to: '+4930123', root_sid: ACCOUNT, grant_sid: GRANT }, 'app', /grant GR2/],
    [{}, 'simulated', /^routes\.default/],
    [{ traffic: 'calls' }, null, /no route fits, and there is no default in production/],
  ];
  for (const [wanted, carrier, because] of choices) {
    test(`is ${carrier} for ${JSON.stringify(wanted)}`, () => {
      const choice = choose(plan, { ...base, ...wanted });
      assert.equal(choice.carrier, carrier);
      assert.match(choice.because, because);
    });
  }
});

test('tieline carriers test asks a platform on the port that a server of its own would have', async () => {
  await using far = await webhookReceiver(() => ({ status: 200 }));
  using folder = temporaryFolder();
  const { port } = new URL(far.origin);
  writeFileSync(folder.at('token'), 'the-token-of-the-upstream');
  writeFileSync(
    folder.at('carriers.yaml'),
    `carriers: { up: { kind: twilio, base: "http://localhost:${port}", account_sid: ${ACCOUNT}, auth_token: "file:${folder.at('token')}" } }\n`,
  );
  const config = readConfig({ port, carriers: folder.at('carriers.yaml') }, {});
  assert.deepEqual(await testCarrier(config, 'up'), {
    is_up: true,
    detail: 'it answered 200 for its account',
  });
});
