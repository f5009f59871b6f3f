import { constants } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import type { Command } from 'commander';
import type { Intercepting, InterceptSettings } from '../intercept/start-intercepting.ts';
import { addInterceptOptions, type InterceptOptions } from './intercept-options.ts';

/** The status when the command was never started, as in other programs that run commands. */
const OWN_FAILURE = 125;
/** A status above this is this number plus the number of a signal. */
const SIGNALLED = 128;
const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** The time that data has to close after the command has ended. */
const SHUTDOWN_MS = 10_000;

/** The turns of the event loop in which requests that have arrived are still read. */
const LAST_TURNS = 5;

/** The hint when no request arrived: the program may have gone past Tieline. */
const NOTHING_CAME =
  'COMMAND has ended, and the proxy got no request from it. If COMMAND sent requests to Twilio, they ' +
  'went past Tieline: docs/guides/run.md ("Clients that do not find Tieline") lists clients that need more, and on ' +
  'Linux --isolate prevents this.';
const NOTHING_ASKED = 'COMMAND has ended, and sent no request to Twilio.';

const HELP = `
Exit status:
  that of COMMAND, or 128 and the number of the signal that ended it
  125  Tieline could not start
  126  COMMAND cannot be run
  127  there is no such COMMAND

Start here:
  $ tieline run -- npm test
`;

interface RunOptions extends InterceptOptions {
  readonly isolate?: boolean;
  readonly verbose?: boolean;
}

/** `tieline run`: runs an unmodified program with Tieline in place of Twilio. */
export function addRunCommand(program: Command): void {
  const run = program
    .command('run <command> [args...]')
    .usage('[options] -- COMMAND [ARGS...]')
    // Even without the two dashes, arguments after COMMAND belong to it.
    .passThroughOptions()
    .description('run a program, unchanged, with Tieline in the place of Twilio')
    .addHelpText('after', HELP);
  addInterceptOptions(run)
    .option('--isolate', 'let COMMAND reach nobody but Tieline, by a network of its own (Linux)')
    .option('-v, --verbose', 'say on standard error where Tieline listens and what it sets')
    .action(async (name: string, rest: string[], options: RunOptions) => {
      process.exitCode = OWN_FAILURE;
      process.exit(await runCommand([name, ...rest], options));
    });
}

async function runCommand(
  command: readonly [string, ...string[]],
  options: RunOptions,
): Promise<number> {
  const { interceptSettings } = await import('./intercept-settings.ts');
  const settings = { ...interceptSettings(options), isolate: options.isolate ?? false };
  const { startIntercepting } = await import('../intercept/start-intercepting.ts');
  const { beginChild } = await import('../intercept/run-child.ts');
  const waiting = exitOnSignals();
  const intercepting = await startIntercepting(settings);
  if (options.verbose) tell(intercepting);
  const { stdin, stdout, stderr } = process;
  const { isolation } = intercepting;
  const child = beginChild({
    command,
    wrap: isolation?.wrap ?? null,
    env: { ...settings.env, ...intercepting.variables } as Record<string, string>,
    has_terminal: [stdin, stdout, stderr].some(({ isTTY }) => isTTY),
  });
  waiting[Symbol.dispose]();
  // Tieline starts while the command starts. If Tieline cannot start, the command is ended.
  const cannotStart = intercepting.ready.then(() => child.ending);
  try {
    const { status, failure } = await Promise.race([child.ending, cannotStart]);
    // A last request of the command may have arrived, and may cause a notice.
    for (let turn = 0; turn < LAST_TURNS; turn += 1) await setImmediate();
    intercepting.proxy.settle();
    if (failure !== null) settings.notice(failure);
    else if (!intercepting.proxy.wasAsked()) {
      settings.notice(isolation ? NOTHING_ASKED : NOTHING_CAME);
    }
    // Data in memory is lost anyway, and its webhooks have no receiver any more.
    if (settings.config.data.engine !== 'memory') await closeInTime(intercepting, settings, status);
    return status;
  } catch (error) {
    await child.stop();
    await intercepting.close();
    throw error;
  }
}

/** Before the command starts, a signal ends this process, and its files are removed. */
function exitOnSignals(): Disposable {
  const exit = (name: NodeJS.Signals) => process.exit(SIGNALLED + constants.signals[name]);
  for (const name of ENDING) process.on(name, exit);
  return {
    [Symbol.dispose]() {
      for (const name of ENDING) process.off(name, exit);
    },
  };
}

async function closeInTime(
  intercepting: Intercepting,
  { notice }: InterceptSettings,
  status: number,
): Promise<void> {
  using _ = exitOnSignals();
  const late = setTimeout(() => {
    notice('Some work of Tieline did not finish in time.');
    process.exit(status);
  }, SHUTDOWN_MS);
  await intercepting.close();
  clearTimeout(late);
}

function tell({ origin, proxy, variables }: Intercepting): void {
  console.error(`tieline: Tieline serves ${origin}, its proxy is on port ${proxy.port}.`);
  const of = (name: string) => variables[`TIELINE_${name}`];
  console.error(
    `tieline: The customer account is ${of('CUSTOMER_ACCOUNT_SID')}, and signs in at ${origin}/login ` +
      `as ${of('CUSTOMER_EMAIL')} / ${of('PASSWORD')}.`,
  );
  for (const [name, value] of Object.entries(variables)) console.error(`tieline: ${name}=${value}`);
}
