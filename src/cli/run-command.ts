import { constants } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import type { Command } from 'commander';
import type { Intercepting, InterceptSettings } from '../intercept/start-intercepting.ts';
import { addInterceptOptions, type InterceptOptions } from './intercept-options.ts';

/** The status of a run whose command was never begun, as of other programs that run programs. */
const OWN_FAILURE = 125;
/** Beyond this, a status says which signal it was. */
const SIGNALLED = 128;
const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** How long data may take to close after the command has ended. */
const SHUTDOWN_MS = 10_000;

/** Turns of the event loop in which what has arrived is still read. */
const LAST_TURNS = 5;

/** A program that goes past would otherwise do so without a word. */
const NOTHING_CAME =
  'COMMAND has ended, and nothing of it came to the proxy. If it asked Twilio for something, that ' +
  'went past Tieline: docs/guides/run.md ("What goes past it") says which clients need more, and on ' +
  'Linux --isolate lets nothing past.';
const NOTHING_ASKED = 'COMMAND has ended, and asked Twilio for nothing.';

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

/** `tieline run`: an unmodified program, with Tieline in the place of Twilio. */
export function addRunCommand(program: Command): void {
  const run = program
    .command('run <command> [args...]')
    .usage('[options] -- COMMAND [ARGS...]')
    // Without the two dashes, too, what follows COMMAND is its own.
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
    hasTerminal: [stdin, stdout, stderr].some(({ isTTY }) => isTTY),
  });
  waiting[Symbol.dispose]();
  // Tieline starts while the command does. If it cannot, the command ends, too.
  const cannotStart = intercepting.ready.then(() => child.ending);
  try {
    const { status, failure } = await Promise.race([child.ending, cannotStart]);
    // What the command did last may have arrived, and be worth a sentence.
    for (let turn = 0; turn < LAST_TURNS; turn += 1) await setImmediate();
    intercepting.proxy.settle();
    if (failure !== null) settings.notice(failure);
    else if (!intercepting.proxy.wasAsked()) {
      settings.notice(isolation ? NOTHING_ASKED : NOTHING_CAME);
    }
    // Data in memory is gone anyway, and what it still has to send has nobody to go to.
    if (settings.config.data.engine !== 'memory') await closeInTime(intercepting, settings, status);
    return status;
  } catch (error) {
    await child.stop();
    await intercepting.close();
    throw error;
  }
}

/** While there is no command to pass signals on to, they end this process, and what it made goes. */
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
