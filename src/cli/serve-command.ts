import { flushCompileCache } from 'node:module';
import type { Command } from 'commander';
import { type Config, DEFAULT_FOLDER, DEFAULT_PORT, type Options, readConfig } from '../config.ts';
import { movedText } from '../kit/clock.ts';
import { isLoopbackHost } from '../kit/loopback.ts';
import type { RunningServer } from '../main.ts';
import { endWithNpm } from './end-with-npm.ts';
import { firstSignal } from './first-signal.ts';

/**
 * The longest time from a signal to the end of the process, even if something hangs. Docker and
 * other tools kill after 10 seconds, and a killed process gives no leases back.
 */
const SHUTDOWN_MS = 7_000;

export const DATA_OPTION = [
  '--data <where>',
  `a folder, :memory:, or postgres://… (TIELINE_DATA or DATABASE_URL; ${DEFAULT_FOLDER})`,
] as const;

export const ALLOW_HOST_OPTION = [
  '--allow-host <name>',
  'a name that requests may use for this server; may be repeated (TIELINE_ALLOWED_HOSTS)',
  (name: string, before: readonly string[] = []) => [...before, name],
] as const;

export const CARRIERS_OPTION = [
  '--carriers <file>',
  'a YAML file of carriers and routes (TIELINE_CARRIERS)',
] as const;

export function addServeCommand(program: Command): void {
  program
    .command('serve')
    .description('serve the API, the consent page and console, and the control API')
    .option('--port <number>', `the port to listen on, 0 for a free one (PORT; ${DEFAULT_PORT})`)
    .option('--host <address>', 'the address to listen on (127.0.0.1)')
    .option(...DATA_OPTION)
    .option('--public-url <url>', 'the address that users see (TIELINE_PUBLIC_URL)')
    .option(...ALLOW_HOST_OPTION)
    .option('--ops-port <number>', 'a second port, for health and metrics (TIELINE_OPS_PORT)')
    .option('--production', 'demand what production needs, and seed no examples')
    .option(...CARRIERS_OPTION)
    .option('--log-level <level>', 'debug, info, warn, error or silent (TIELINE_LOG_LEVEL; info)')
    .action(async (options: Options) => serve(readConfig(options, process.env)));
}

async function serve(config: Config): Promise<void> {
  // It waits for signals and finds npm before it prints: a program that reads the text may end it at once.
  const stopped = firstSignal(['SIGINT', 'SIGTERM']);
  const { start } = await import('../main.ts');
  const running = await start(config);
  // Without a file, the signal of a closed terminal ends the process as it always did.
  if (config.carriersFile !== null) process.on('SIGHUP', () => running.rereadCarriers());
  const ended = Promise.withResolvers<string>();
  await endWithNpm(process.env, () => ended.resolve('the end of npm'));
  try {
    console.log(await welcome(config, running));
  } catch (error) {
    await running.close();
    throw error;
  }
  if (isOpenDevelopment(config)) console.error(OPEN_DEVELOPMENT);
  // The next start is as quick if something kills this process.
  flushCompileCache();
  const signal = await Promise.race([stopped, ended.promise]);
  running.app.log.info({ signal }, 'closing');
  const late = setTimeout(() => {
    running.app.log.error('some requests did not finish in time');
    process.exit(1);
  }, SHUTDOWN_MS);
  await running.close();
  clearTimeout(late);
  // A hanging receiver keeps its connection open. Its delivery was given back above.
  process.exit();
}

/** Whether other machines can reach a server in development mode. */
function isOpenDevelopment({ mode, host }: Config): boolean {
  return mode === 'development' && !isLoopbackHost(host);
}

const OPEN_DEVELOPMENT =
  'Warning: development mode listens on more than this machine. Its clock, its example logins and its ' +
  'simulated money are for tests; use --production for anything that others rely on.';

/** The text of a start. In development it has the example accounts and a command to paste. */
async function welcome(config: Config, running: RunningServer): Promise<string> {
  const { app, origin, world } = running;
  const moved = movedText(app.clock);
  const clock = moved === null ? '' : `\n${moved} tieline clock --help says how it is put back.`;
  const head = `Tieline serves ${origin} (${config.mode}, ${placeOf(config)})${clock}`;
  if (!world) {
    const unpriced = await unpricedLine(app);
    return config.mode === 'production'
      ? `${head}\n${unpriced}Is nobody there yet who runs it? Make a login, with the server stopped if its data is in a folder:\n` +
          '  tieline people create --operator --email EMAIL --name NAME --data …'
      : head;
  }
  const { revealAccount, worldPassword } = await import('../control/first-world.ts');
  const { CUSTOMER_EMAIL, DEVELOPER_EMAIL } = await import('../control/world-names.ts');
  const developer = await revealAccount(app, world.developer_account_sid);
  const customer = await revealAccount(app, world.customer_account_sid);
  if (!developer || !customer) return head;
  const password = worldPassword(app);
  return `${head}

  Developer account   ${developer.sid}   auth token ${developer.auth_token}
  Customer account    ${customer.sid}   auth token ${customer.auth_token}
  Connect app         ${world.connect_app_sid}   "Tieline Demo", made by the developer

  The demo            ${origin}/demo   click through the whole loop
  The console         ${origin}/console
  Logins              ${DEVELOPER_EMAIL} / ${password}
                      ${CUSTOMER_EMAIL} / ${password}

Try it:

  curl -u ${developer.sid}:${developer.auth_token} ${origin}/2010-04-01/Accounts/${developer.sid}/ConnectApps.json
`;
}

async function unpricedLine(app: RunningServer['app']): Promise<string> {
  const { fetchUnpricedWords, SET_RATES } = await import('../usage/unpriced.ts');
  const words = await fetchUnpricedWords(app);
  return words === null ? '' : `${words} To set rates: ${SET_RATES}\n`;
}

function placeOf({ data }: Config): string {
  if (data.engine === 'memory') return 'data in memory';
  return data.engine === 'sqlite' ? `data in ${data.folder}` : 'data in PostgreSQL';
}
