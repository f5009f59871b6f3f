import { Command } from 'commander';
import { addAccountsCommand } from './cli/accounts-command.ts';
import { addClockCommand } from './cli/clock-command.ts';
import { addConformanceCommand } from './cli/conformance-command.ts';
import { addDataCommands } from './cli/data-commands.ts';
import { addKeysCommand } from './cli/keys-command.ts';
import { addNotebookCommand } from './cli/notebook/notebook-command.ts';
import { addPeopleCommand } from './cli/people-command.ts';
import { addProxyCommand } from './cli/proxy-command.ts';
import { addRatesCommand } from './cli/rates-command.ts';
import { addRunCommand } from './cli/run-command.ts';
import { addServeCommand } from './cli/serve-command.ts';
import { addUsageCommand } from './cli/usage-command.ts';
import { addVerifyCommand } from './cli/verify-command.ts';
import { addWebhooksCommand } from './cli/webhooks-command.ts';
import { ConfigError } from './config.ts';
import { ApiError } from './kit/api-error.ts';
import { productVersion } from './kit/product-version.ts';

/** The status of a command whose settings, data or arguments cannot be used. */
const UNUSABLE = 2;

/** The command line. Each command loads what it needs only when it runs. */
const program = new Command('tieline')
  .description('An open, self-hosted, Twilio-Connect-compatible platform.')
  .enablePositionalOptions()
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : UNUSABLE))
  .showHelpAfterError('Run the same with --help to see what it takes.')
  .addHelpText('after', '\nStart here:\n  $ tieline serve\n');

addServeCommand(program);
addRunCommand(program);
addProxyCommand(program);
addAccountsCommand(program);
addPeopleCommand(program);
addKeysCommand(program);
addRatesCommand(program);
addClockCommand(program);
addDataCommands(program);
addUsageCommand(program);
addWebhooksCommand(program);
addVerifyCommand(program);
addConformanceCommand(program);
addNotebookCommand(program);

sayVersion(program);

try {
  await program.parseAsync();
} catch (error) {
  console.error(`tieline: ${sentenceOf(error)}`);
  process.exitCode ??= isRefusal(error) ? UNUSABLE : 1;
}

/** Adds `--version` to a command, because options belong to one command only. */
function sayVersion(command: Command): void {
  command.version(productVersion(), '-V, --version');
  for (const one of command.commands) sayVersion(one);
}

/** Whether the error tells the user what to change, and is not a bug. */
function isRefusal(error: unknown): error is Error {
  return error instanceof ConfigError || error instanceof ApiError;
}

/** The error for a person. The stack of a bug is shown at the log level debug. */
function sentenceOf(error: unknown): string {
  if (isRefusal(error)) return error.message;
  if (!(error instanceof Error)) return String(error);
  if (process.env['TIELINE_LOG_LEVEL'] === 'debug' && error.stack) return error.stack;
  return `${error.message} (set TIELINE_LOG_LEVEL=debug to see where)`;
}
