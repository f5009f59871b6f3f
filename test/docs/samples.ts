/**
 * The use of every sample of the documentation: a test runs it, or it is a fragment that
 * nothing can run, with the reason.
 */
export interface Sample {
  /** The word after the fence; empty when there is none. */
  readonly language: string;
  /** The heading above the sample, when several samples of the language differ. */
  readonly heading?: string;
  /** A part of the code, when one heading has several. */
  readonly part?: string;
  /** The test that runs it, as ``` `test/a.test.ts` › name ```; or the reason why none can. */
  readonly run?: string;
  readonly fragment?: string;
}

const SERVERS = '`test/docs/server-commands.test.ts`';
const PROGRAMS = '`test/docs/program-commands.test.ts` › lead it to Tieline (${file}, ${heading})';
const GUIDES = '`test/docs/guide-samples.test.ts`';
const TESTING = '`test/testing/guides-testing.test.ts`';
const ANSWERS = '`test/docs/answer-samples.test.ts`';
const REQUESTS = '`test/docs/request-samples.test.ts`';
const RECEIVERS =
  '`test/sdks/receiver-samples.test.ts` › accept a signed callback and no other, in ${sdk}';
const PRODUCTION = `${SERVERS} › start it from nothing, and go on with the guides (\${file})`;
const LOOP = `${SERVERS} › the program of the guide for Connect apps and its commands go through the whole loop`;
const START = `${SERVERS} › start a server with an example world (\${file})`;
const REASON = `${ANSWERS} › have the form of an error, and of its reason`;
const EVENTS = `${ANSWERS} › bring reports and messages of a carrier in`;
const BUTTON = `${ANSWERS} › have the form of the button and of the signed redirect`;
const WEBHOOK = `${REQUESTS} › show the request, the delivery and its replay as they are`;
const FILES = '`test/carriers/guides-carriers.test.ts` › shows files that a server can use';
const OWN_CARRIER =
  '`test/docs/own-carrier.test.ts` › the commands of the guide on an own carrier make a call past a silent target';
const CI = '`test/deploy/ci-templates.test.ts` › names inputs, variables and files that exist';
const ROTATION =
  '`test/process/rotating-the-key.test.ts` › is replaced under load, with no refused request and no lost secret';
const PYTEST =
  '`test/testing/pytest-kit.test.ts` › passes its own tests and the samples of its guide, on two workers';

const NOTEBOOK: readonly Sample[] = [
  {
    language: 'javascript',
    run: '`test/notebooks/notebooks.test.ts` › each run to the end in a developer’s account',
  },
];

const DOCKER = 'It starts containers, and a test has no Docker.';
const SYSTEMD = 'It changes the machine of its reader, and needs systemd as the first process.';
const FAILOVER =
  'It is a file of three machines. `npm run failover` starts a cluster with it, too slowly for a test.';
const OTHER_SDKS =
  'The SDKs for Ruby, PHP and .NET come from registries that the tests do not reach.';

export const SAMPLES: Readonly<Record<string, readonly Sample[]>> = {
  'README.md': [
    { language: 'sh', part: 'npx tieline run', run: PROGRAMS },
    { language: 'sh', part: 'docker compose', fragment: DOCKER },
    {
      language: 'sh',
      part: 'npm ci',
      fragment: 'It sets up a checkout, as CI does before each run.',
    },
    {
      language: 'js',
      part: 'startTieline',
      run: `${GUIDES} › authorise an app and give its client`,
    },
    { language: 'js', part: 'Counts calls', run: `${GUIDES} › change each app by the SDK` },
    {
      language: 'sh',
      part: '/_tieline/authorize',
      run: `${REQUESTS} › authorise an app, and act as it`,
    },
    {
      language: 'js',
      part: 'usage.triggers',
      run: '`test/usage/guides-usage.test.ts` › in README.md',
    },
    { language: 'sh', part: 'usage.mjs', run: '`test/usage/guides-usage.test.ts` › in README.md' },
    {
      language: '',
      heading: 'The command line',
      run: '`test/cli/commands-in-guides.test.ts` › list every command in the README, and no other',
    },
    { language: 'sh', heading: 'In production', run: PRODUCTION },
  ],
  'docs/README.md': [
    { language: 'sh', part: 'npx tieline run', run: PROGRAMS },
    { language: 'sh', part: 'tieline serve --production', run: PRODUCTION },
  ],
  'docs/start/connect-app.md': [
    { language: 'sh', part: 'npx tieline serve', run: START },
    { language: 'sh', part: 'npx tieline run', run: PROGRAMS },
    { language: 'js', run: `${TESTING} › in a suite of their own` },
  ],
  'docs/start/platform.md': [
    { language: 'sh', part: 'npx tieline serve', run: START },
    { language: 'sh', part: 'tieline migrate', run: PRODUCTION },
  ],
  'docs/security/connections.md': [
    {
      language: 'nginx',
      run: '`test/deploy/proxies.test.ts` › nginx accepts the servers in docs/security/connections.md',
    },
    {
      language: 'sql',
      run: '`test/db/database-role.test.ts` › is enough for a server when the schema exists',
    },
  ],
  'docs/contract/errors.md': [{ language: 'json', run: REASON }],
  'docs/notebooks/connect-apps.md': NOTEBOOK,
  'docs/notebooks/connection-policies.md': NOTEBOOK,
  'docs/notebooks/consent-and-acting.md': NOTEBOOK,
  'docs/notebooks/usage-and-triggers.md': NOTEBOOK,
  'docs/guides/carriers.md': [
    { language: 'yaml', run: FILES },
    { language: 'sh', run: `${SERVERS} › give it a file of carriers, and show its choice` },
    { language: 'csv', run: `${GUIDES} › fills the stock by the carriers of the first file` },
    { language: 'json', run: EVENTS },
    {
      language: 'js',
      run: '`test/carriers/guides-carriers.test.ts` › takes a message from a number of the guide, and reports it',
    },
    { language: '', part: 'get-url', run: EVENTS },
  ],
  'docs/guides/own-carrier.md': [
    { language: 'yaml', run: OWN_CARRIER },
    { language: 'sh', run: OWN_CARRIER },
  ],
  'docs/guides/ci.md': [{ language: 'yaml', run: CI }],
  'docs/guides/clock.md': [
    { language: 'sh', run: '`test/usage/guides-usage.test.ts` › in docs/guides/clock.md' },
    { language: 'js', run: '`test/usage/guides-usage.test.ts` › in docs/guides/clock.md' },
  ],
  'docs/guides/conformance.md': [
    {
      language: 'sh',
      run: `${REQUESTS} › find no difference in Tieline, by "tieline conformance"`,
    },
    {
      language: '',
      run: `${REQUESTS} › finds the difference of the guide in another server`,
    },
  ],
  'docs/guides/connect-app.md': [
    { language: 'sh', part: '/connect_apps', run: `${REQUESTS} › register an app` },
    { language: 'html', run: BUTTON },
    { language: 'ts', run: '`src/demo/demo-app.test.ts` › matches the code in the guide' },
    {
      language: 'python',
      part: 'connection_policies',
      run: '`test/sdks/receiver-samples.test.ts` › act as an app, and report a refusal',
    },
    { language: 'python', part: 'RequestValidator', run: RECEIVERS },
    { language: 'go', run: RECEIVERS },
    { language: 'java', run: RECEIVERS },
    { language: '', part: 'Tieline-Reason: ', run: REASON },
    { language: 'js', part: 'the whole loop', run: LOOP },
    { language: 'sh', part: 'node loop.mjs', run: LOOP },
  ],
  'docs/guides/consent.md': [
    { language: '', run: BUTTON },
    {
      language: 'js',
      run: `${GUIDES} › accepts a signed redirect once, for its time, and no other address`,
    },
  ],
  'docs/guides/monitoring.md': [
    { language: 'json', run: `${GUIDES} › has the fields of a line in the log` },
  ],
  'docs/guides/notebooks.md': [
    {
      language: 'markdown',
      run: '`test/notebooks/notebook-cli-guide.test.ts` › in docs/guides/notebooks.md',
    },
    {
      language: 'sh',
      run: '`test/notebooks/notebook-cli-guide.test.ts` › in docs/guides/notebooks.md',
    },
  ],
  'docs/guides/operations.md': [
    { language: 'sh', part: 'sudo ', fragment: SYSTEMD },
    { language: 'sh', part: 'docker compose', fragment: DOCKER },
    { language: 'sh', part: 'tieline backup', run: PRODUCTION },
    { language: 'sh', part: 'tieline rates', run: PRODUCTION },
  ],
  'docs/guides/postgresql.md': [
    {
      language: 'ini',
      run: '`test/process/pgbouncer.test.ts` › take messages, usage and sign-ins at once over fewer connections, and all agrees',
    },
    {
      language: 'sql',
      part: 'create index',
      run: '`test/db/indexes-ahead.test.ts` › are those that the migration would make',
    },
    { language: 'sql', part: 'create role', fragment: FAILOVER },
    { language: 'sh', part: 'ETCD_NAME', fragment: FAILOVER },
    { language: 'sh', part: 'systemctl', fragment: SYSTEMD },
    { language: 'sh', part: 'switchover', fragment: FAILOVER },
    { language: 'yaml', fragment: FAILOVER },
    { language: 'cfg', fragment: FAILOVER },
  ],
  'docs/guides/pytest.md': [
    { language: 'python', run: PYTEST },
    { language: 'sh', run: PYTEST },
  ],
  'docs/guides/rotating-the-key.md': [
    { language: 'sh', run: ROTATION },
    { language: 'console', run: ROTATION },
  ],
  'docs/guides/run.md': [
    { language: 'sh', part: 'npx tieline run', run: PROGRAMS },
    {
      language: 'sh',
      part: 'npx tieline proxy',
      run: '`test/docs/program-commands.test.ts` › start a proxy, and lead a shell to it',
    },
    {
      language: '',
      part: 'seems not to trust',
      run: '`test/intercept/run-command.test.ts` › explains once that a program does not trust the CA',
    },
  ],
  'docs/guides/sdks.md': [
    { language: 'sh', part: '/_tieline/authorize', run: `${TESTING} › to authorise an app` },
    { language: 'js', run: `${TESTING} › to point the Node SDK at Tieline` },
    {
      language: 'python',
      part: 'AsyncTwilioHttpClient',
      run: '`test/sdks/receiver-samples.test.ts` › go through the proxy of a run, asynchronously',
    },
    {
      language: 'python',
      part: 'base_url',
      run: `${TESTING} › to point the Python SDK at Tieline`,
    },
    { language: 'sh', part: 'composer', fragment: OTHER_SDKS },
    { language: 'sh', part: 'npx tieline run', run: PROGRAMS },
    { language: 'ruby', fragment: OTHER_SDKS },
    { language: 'php', fragment: OTHER_SDKS },
    { language: 'csharp', fragment: OTHER_SDKS },
  ],
  'docs/guides/testing.md': [
    { language: 'js', heading: 'In your own suite', run: `${TESTING} › in a suite of their own` },
    { language: 'js', heading: 'Test credentials', run: `${TESTING} › with test credentials` },
    {
      language: 'sh',
      part: 'messaging_services',
      run: `${REQUESTS} › make an account, a number and a messaging service with fixed names`,
    },
    {
      language: 'sh',
      part: '"Fixed"',
      run: `${REQUESTS} › make an account, a number and a messaging service with fixed names`,
    },
    {
      language: 'sh',
      heading: 'Incoming messages and calls',
      run: `${TESTING} › for incoming messages and calls, and for a month that passes`,
    },
    { language: 'sh', heading: 'Snapshots', run: `${TESTING} › to keep a world and restore it` },
    { language: 'sh', heading: 'Faults', run: `${TESTING} › for faults` },
    { language: 'js', heading: 'Faults', run: `${TESTING} › for faults` },
  ],
  'docs/guides/usage.md': [
    { language: 'sh', run: '`test/usage/guides-usage.test.ts` › in docs/guides/usage.md' },
    { language: 'js', run: '`test/usage/guides-usage.test.ts` › in docs/guides/usage.md' },
  ],
  'docs/guides/webhooks.md': [
    { language: '', run: WEBHOOK },
    { language: 'json', run: WEBHOOK },
    { language: 'sh', part: 'curl', run: WEBHOOK },
    {
      language: 'sh',
      part: 'tieline webhooks doctor',
      run: '`test/process/webhooks-command.test.ts` › the doctor of signatures takes a token without any data, and refuses what it cannot use',
    },
    {
      language: 'sh',
      part: 'tieline webhooks list',
      run: '`test/process/webhooks-command.test.ts` › that failed are listed with the reason, shown, and sent by the next server',
    },
  ],
};
