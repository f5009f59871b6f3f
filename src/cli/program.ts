import { Command } from 'commander';
import { productVersion } from '../kit/product-version.ts';
import { addAccountsCommand } from './accounts-command.ts';
import { addCarriersCommand } from './carriers-command.ts';
import { addClockCommand } from './clock-command.ts';
import { addConformanceCommand } from './conformance-command.ts';
import { addDataCommands } from './data-commands.ts';
import { addKeysCommand } from './keys-command.ts';
import { addNotebookCommand } from './notebook/notebook-command.ts';
import { addNumbersCommand } from './numbers-command.ts';
import { addPeopleCommand } from './people-command.ts';
import { addProxyCommand } from './proxy-command.ts';
import { addRatesCommand } from './rates-command.ts';
import { addRunCommand } from './run-command.ts';
import { addServeCommand } from './serve-command.ts';
import { addUsageCommand } from './usage-command.ts';
import { addVerifyCommand } from './verify-command.ts';
import { addWebhooksCommand } from './webhooks-command.ts';

/** The status of a command whose settings, data or arguments cannot be used. */
export const UNUSABLE = 2;

/** The command line. Each command loads what it needs only when it runs. */
export function tielineProgram(): Command {
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
  addCarriersCommand(program);
  addNumbersCommand(program);
  addClockCommand(program);
  addDataCommands(program);
  addUsageCommand(program);
  addWebhooksCommand(program);
  addVerifyCommand(program);
  addConformanceCommand(program);
  addNotebookCommand(program);

  sayVersion(program);
  return program;
}

/** Adds `--version` to a command, because options belong to one command only. */
function sayVersion(command: Command): void {
  command.version(productVersion(), '-V, --version');
  for (const one of command.commands) sayVersion(one);
}
