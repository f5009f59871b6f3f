/** One setting of a server. */
export interface Setting {
  readonly variables: readonly string[];
  readonly flag?: string;
  /** Its effect, in Markdown. */
  readonly does: string;
  /** Its values, with their unit. */
  readonly values: string;
  readonly fallback: string;
  /** Whether production demands it, or treats it in another way. */
  readonly production?: string;
}

/** Every setting that `src/config.ts` reads. A test compares the names, flags and defaults. */
export const SETTINGS: readonly Setting[] = [
  {
    variables: ['PORT'],
    flag: '--port',
    does: 'the port of the server',
    values: '0 to 65535; 0 takes a free one',
    fallback: '`4010`',
  },
  {
    variables: [],
    flag: '--host',
    does: 'the address that the server listens on',
    values: 'an IP address or a name; `0.0.0.0` is every address of the machine',
    fallback: '`127.0.0.1`',
  },
  {
    variables: [],
    flag: '--production',
    does: 'demands the settings that production needs, and makes no example data',
    values: 'a flag without a value',
    fallback: 'development',
  },
  {
    variables: ['TIELINE_DATA', 'DATABASE_URL'],
    flag: '--data',
    does: 'the place of the data; `TIELINE_DATA` comes before `DATABASE_URL`',
    values: 'a folder, `:memory:`, or `postgres://user:password@host:5432/name`',
    fallback: '`./tieline-data`',
    production: 'not `:memory:`',
  },
  {
    variables: ['TIELINE_DATABASE_PREPARE'],
    does: 'whether PostgreSQL [prepares statements by name](../guides/postgresql.md#prepared-statements)',
    values: '`auto`, `on` or `off`',
    fallback: '`auto`',
  },
  {
    variables: ['TIELINE_DATABASE_WRITERS'],
    does: 'the transactions of one process that may write to PostgreSQL at the same time',
    values: '1 to 8',
    fallback: '`4`',
  },
  {
    variables: ['TIELINE_PUBLIC_URL'],
    flag: '--public-url',
    does: 'the address that users and apps see; links and signatures have it',
    values: 'an http or https URL without a query',
    fallback: 'the address of each request',
    production: 'required, with https',
  },
  {
    variables: ['TIELINE_SECRET_KEY'],
    does: 'the key that seals auth tokens in the database ([Rotating the key](../guides/rotating-the-key.md))',
    values: '32 bytes in base64 or hexadecimal; several as `new:KEY,old:KEY`',
    fallback: 'a key that Tieline makes and keeps in the folder of the data',
    production: 'required',
  },
  {
    variables: ['TIELINE_ADMIN_TOKEN'],
    does: 'the bearer token that opens the control API',
    values: 'at least 16 characters that are hard to guess',
    fallback: 'none: requests from this machine only',
    production: 'without it the control API is closed',
  },
  {
    variables: ['TIELINE_CARRIERS'],
    flag: '--carriers',
    does: 'the file of carriers and routes ([Connecting a carrier](../guides/carriers.md))',
    values: 'the path of a YAML file',
    fallback: 'none',
  },
  {
    variables: ['TIELINE_RETENTION'],
    does: 'the days for which things are kept',
    values:
      'a list such as `message-bodies=90,messages=400,calls=400,recordings=180,audit=730`, in days',
    fallback: 'everything stays until its account deletes it',
  },
  {
    variables: ['TIELINE_ALLOWED_HOSTS'],
    flag: '--allow-host',
    does: "names of this server that requests may use besides loopback, the public URL's and Twilio's",
    values: 'up to 100 names separated by commas; the flag may be repeated',
    fallback: 'none',
  },
  {
    variables: ['TIELINE_TRUSTED_PROXIES'],
    does: 'the proxies whose `X-Forwarded-For` is used',
    values: 'addresses or networks such as `10.0.0.0/8`, separated by commas',
    fallback: 'none',
  },
  {
    variables: ['TIELINE_REQUESTS_PER_SECOND'],
    does: 'the most API requests of one account',
    values: 'requests in a second, 0 to 1000000; 0 is no limit',
    fallback: 'no limit',
    production: '`100` by default',
  },
  {
    variables: ['TIELINE_OVERLOAD'],
    does: 'the treatment of API requests that would wait longer than a second',
    values: '`refuse` answers 429 or 503 early; `wait` lets them wait',
    fallback: '`wait`',
    production: '`refuse` by default',
  },
  {
    variables: ['TIELINE_WEBHOOK_PORTS'],
    does: 'the ports that webhooks may go to besides 80 and 443',
    values: 'up to 100 ports separated by commas',
    fallback: 'none',
    production: 'development allows every port',
  },
  {
    variables: ['TIELINE_WEBHOOK_NETWORKS'],
    does: 'the private networks that webhooks may go to besides public addresses',
    values: 'up to 100 networks such as `10.20.0.0/16`, separated by commas',
    fallback: 'none',
  },
  {
    variables: ['TIELINE_OPS_NETWORKS'],
    does: "the networks that may read `/metrics` and the control API's description",
    values: 'addresses or networks, separated by commas',
    fallback: 'none',
    production: 'development lets every reader in',
  },
  {
    variables: ['TIELINE_OPS_PORT'],
    flag: '--ops-port',
    does: "a second port for `/healthz`, `/readyz`, `/metrics` and the control API's description",
    values: '0 to 65535; 0 takes a free one',
    fallback: 'no second port',
  },
  {
    variables: ['TIELINE_LOG_LEVEL'],
    flag: '--log-level',
    does: 'the least important lines that the log has',
    values: '`debug`, `info`, `warn`, `error` or `silent`',
    fallback: '`info`; `error` for other commands than `serve`',
    production: 'requests are logged at `info`, and at `debug` in development',
  },
  {
    variables: ['TIELINE_LOG_FORMAT'],
    does: 'the form of the log: for people or for programs',
    values: '`pretty` or `json`',
    fallback: '`pretty` on a terminal, `json` elsewhere',
  },
  {
    variables: ['TWILIO_ACCOUNT_SID', 'TWILIO_AUTH_TOKEN'],
    does: "the SID and the auth token that the developer's account of the example data gets",
    values: 'both, and in the form that Twilio gives them; else they are not used',
    fallback: 'made from the secret key',
    production: 'not used: no example data is made',
  },
];
