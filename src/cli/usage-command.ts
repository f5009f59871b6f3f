import type { Command } from 'commander';
import { DATA_OPTION } from './serve-command.ts';
import { type DataOptions, printRows, withApp } from './with-app.ts';

interface ExplainOptions extends DataOptions {
  readonly accountSid: string;
  readonly category: string;
  readonly startDate?: string;
  readonly endDate?: string;
  readonly own?: boolean;
  readonly json?: boolean;
}

/** `tieline usage explain` */
export function addUsageCommand(program: Command): void {
  const usage = program.command('usage').description('metered usage');

  usage
    .command('explain')
    .description('the events behind one usage record, and whether they add up to it')
    .requiredOption('--account-sid <sid>', 'whose record')
    .requiredOption(
      '--category <name>',
      'its category, such as sms or totalprice; Usage Records list all',
    )
    .option(
      '--start-date <date>',
      'from this day, or an offset such as -30days (when the account was made)',
    )
    .option('--end-date <date>', 'to this day, inclusive (today)')
    .option('--own', 'without the usage of subaccounts')
    .option('--json', 'print JSON')
    .option(...DATA_OPTION)
    .action((options: ExplainOptions) =>
      withApp(options, 'read', async (app) => {
        const { explain, explainedRow, explanationText } = await import(
          './operate/operate-usage.ts'
        );
        const explained = await explain(app, options);
        if (options.json) {
          const { events, ...rest } = explained;
          console.log(JSON.stringify({ ...rest, events: events.map(explainedRow) }, null, 2));
        } else {
          printRows(explained.events.map(explainedRow));
          console.log(explanationText(explained));
        }
        if (!explained.is_same) process.exitCode = 1;
      }),
    );
}
