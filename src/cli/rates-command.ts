import type { Command } from 'commander';
import { DATA_OPTION } from './serve-command.ts';
import { type DataOptions, printRows, withApp } from './with-app.ts';

interface SetOptions extends DataOptions {
  readonly category: string;
  readonly per: string;
  readonly price: string;
  readonly from?: string;
}

interface RemoveOptions extends DataOptions {
  readonly category: string;
  readonly from: string;
}

/** `tieline rates …`: the prices of usage. */
export function addRatesCommand(program: Command): void {
  const rates = program
    .command('rates')
    .description(
      'the prices of usage. A change does not affect usage that was counted before. ' +
        'While a server runs on a folder, use POST /_tieline/rates',
    );

  rates
    .command('list')
    .description('your rates, and in development the example rates that they override')
    .option('--json', 'print JSON')
    .option(...DATA_OPTION)
    .action((options: DataOptions & { json?: boolean }) =>
      withApp(options, 'read', async (app) => {
        const { listEveryRate } = await import('./operate/operate-rates.ts');
        printRows(await listEveryRate(app), options);
      }),
    );

  rates
    .command('history')
    .description('the changes of rates with their authors, newest first')
    .option('--json', 'print JSON')
    .option(...DATA_OPTION)
    .action((options: DataOptions & { json?: boolean }) =>
      withApp(options, 'read', async (app) => {
        const { listRateChanges } = await import('./operate/operate-rates.ts');
        printRows(await listRateChanges(app), options);
      }),
    );

  rates
    .command('set')
    .description('set the rate of a category, and of all below it, from a day on')
    .requiredOption(
      '--category <name>',
      'a usage category, such as sms or calls-inbound; Usage Records list all',
    )
    .requiredOption('--per <what>', 'count, for each thing, or usage, for each unit')
    .requiredOption('--price <amount>', 'a decimal, such as 0.0079')
    .option('--from <date>', 'the first day in UTC, YYYY-MM-DD (default: today)')
    .option(...DATA_OPTION)
    .action((options: SetOptions) =>
      withApp(options, 'change', async (app) => {
        const { setRateOf } = await import('./operate/operate-rates.ts');
        printRows([await setRateOf(app, options)]);
      }),
    );

  rates
    .command('remove')
    .description('remove a rate that you set')
    .requiredOption('--category <name>', 'its category')
    .requiredOption('--from <date>', 'its first day, YYYY-MM-DD')
    .option(...DATA_OPTION)
    .action((options: RemoveOptions) =>
      withApp(options, 'change', async (app) => {
        const { removeRateOf } = await import('./operate/operate-rates.ts');
        await removeRateOf(app, options);
        console.log(`Removed the rate of ${options.category} from ${options.from}`);
      }),
    );
}
