import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../test/support/free-port.ts';
import { type Child, startChild, waitFor200 } from './child.ts';
import type { Target } from './load.ts';

/** The login of the account that every server has. */
export interface Login {
  readonly username: string;
  readonly password: string;
}

export type RunningTarget = Target & Child;

/** The names of the servers that Tieline is compared with. */
export const SKELETON = 'skeleton';
export const PRISM = 'Prism';

const START_LIMIT_MS = 30_000;
const TIELINE = fileURLToPath(new URL('../bin/tieline.js', import.meta.url));
const SKELETON_PROGRAM = fileURLToPath(new URL('skeleton.ts', import.meta.url));

export function newLogin(): Login {
  return {
    username: `AC${randomBytes(16).toString('hex')}`,
    password: randomBytes(16).toString('hex'),
  };
}

export function basic({ username, password }: Login): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

export function accountPath({ username }: Login): string {
  return `/2010-04-01/Accounts/${username}`;
}

interface ServerOptions {
  /** Whether the server runs on core 0 only. */
  readonly pin?: boolean;
  /** The program; the checkout's by default. */
  readonly program?: string;
  /** Parameters of Node.js. */
  readonly node?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

/** Starts Tieline as a user does, with a given port and account. It does not wait for the start. */
export async function spawnTieline(
  data: string,
  login: Login,
  { pin = true, program = TIELINE, node = [], env: given = {} }: ServerOptions = {},
) {
  const port = await freePort();
  const started = performance.now();
  const parameters = [...node, program, 'serve', '--data', data, '--port', String(port)];
  const env = {
    TWILIO_ACCOUNT_SID: login.username,
    TWILIO_AUTH_TOKEN: login.password,
    // No lines for starts and ends. Requests are logged at debug only, also by default.
    TIELINE_LOG_LEVEL: 'warn',
    ...given,
  };
  const child = startChild(process.execPath, parameters, env, { pin });
  return { ...child, started, origin: `http://127.0.0.1:${port}` };
}

export async function startTieline(
  name: string,
  data: string,
  login: Login,
  options: ServerOptions = {},
): Promise<RunningTarget> {
  const { started, origin, ...child } = await spawnTieline(data, login, options);
  const url = `${origin}${accountPath(login)}.json`;
  await waitFor200(url, { authorization: basic(login) }, started, START_LIMIT_MS);
  return { name, origin, ...child };
}

/** Makes apps through the control API. @returns all apps of the account, newest first */
export async function makeApps(
  { origin }: Target,
  login: Login,
  count: number,
): Promise<Record<string, unknown>[]> {
  for (let number = 1; number <= count; number += 1) {
    const answer = await fetch(`${origin}/_tieline/connect_apps`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        account_sid: login.username,
        friendly_name: `Measured app ${number}`,
        company_name: 'Example Telephony',
        description: 'An app that is read and renamed while the clock runs.',
        homepage_url: 'https://app.example.com/',
        authorize_redirect_url: 'https://app.example.com/authorized',
        deauthorize_callback_url: 'https://app.example.com/deauthorized',
        permissions: ['get-all', 'post-all'],
      }),
    });
    if (!answer.ok) throw new Error(`an app could not be made: ${await answer.text()}`);
  }
  const url = `${origin}${accountPath(login)}/ConnectApps.json?PageSize=1000`;
  const answer = await fetch(url, { headers: { authorization: basic(login) } });
  const { connect_apps } = (await answer.json()) as { connect_apps: Record<string, unknown>[] };
  return connect_apps;
}

/** Starts the skeleton with these apps in a new folder. */
export async function startSkeleton(
  folder: string,
  login: Login,
  apps: readonly Record<string, unknown>[],
): Promise<RunningTarget> {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'seed.json'), JSON.stringify({ login, apps }));
  const port = await freePort();
  const started = performance.now();
  const child = startChild(process.execPath, [SKELETON_PROGRAM, String(port), folder]);
  const origin = `http://127.0.0.1:${port}`;
  const url = `${origin}${accountPath(login)}/ConnectApps.json`;
  await waitFor200(url, { authorization: basic(login) }, started, START_LIMIT_MS);
  return { name: SKELETON, origin, ...child };
}

const PRISM_PACKAGE = '@stoplight/prism-cli@5.16.0';

/**
 * Starts Prism, which mocks an OpenAPI file. It is kept in the system's temporary folder and out
 * of the lock file, because only this comparison needs it.
 */
export async function startPrism(
  openapi: string,
  login: Login,
  path: string,
): Promise<RunningTarget> {
  const folder = join(tmpdir(), `tieline-bench-${PRISM_PACKAGE.replaceAll(/[^\w.]+/g, '-')}`);
  const program = join(folder, 'node_modules/@stoplight/prism-cli/dist/index.js');
  if (!existsSync(program)) {
    mkdirSync(folder, { recursive: true });
    const parameters = ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund'];
    spawnSync('npm', [...parameters, '--prefix', folder, PRISM_PACKAGE], { stdio: 'inherit' });
  }
  const port = await freePort();
  const started = performance.now();
  const parameters = [program, 'mock', '-h', '127.0.0.1', '-p', String(port), '-v', 'silent'];
  const child = startChild(process.execPath, [...parameters, openapi]);
  const origin = `http://127.0.0.1:${port}`;
  await waitFor200(`${origin}${path}`, { authorization: basic(login) }, started, START_LIMIT_MS);
  return { name: PRISM, origin, ...child };
}
