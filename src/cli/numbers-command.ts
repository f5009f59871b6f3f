import type { Command } from 'commander';
import { CARRIERS_OPTION, DATA_OPTION } from './serve-command.ts';
import { type DataOptions, withApp } from './with-app.ts';

interface ImportOptions extends DataOptions {
  readonly carriers?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** `tieline numbers …`: the stock of numbers that accounts buy from. */
export function addNumbersCommand(program: Command): void {
  const numbers = program
    .command('numbers')
    .description(
      'the stock of numbers that accounts buy from. ' +
        'While a server runs on a folder, use POST /_tieline/numbers',
    );

  numbers
    .command('import')
    .description(
      'put the numbers of a CSV file into the stock. Its first line is ' +
        'number,country,kind,capabilities,carrier[,price]. Ends with status 1 if a number is refused',
    )
    .argument('<file>', 'the CSV file')
    .option(...DATA_OPTION)
    .option(...CARRIERS_OPTION)
    .option('--dry-run', 'report, and change nothing')
    .option('--json', 'print JSON')
    .action((file: string, options: ImportOptions) =>
      withApp(options, 'change', async (app) => {
        const { importNumbers, wordsOf } = await import('./operate/operate-stock.ts');
        const report = await importNumbers(app, file, options);
        console.log(options.json ? JSON.stringify(report, null, 2) : wordsOf(report));
        if (report.refused.length > 0) process.exitCode = 1;
      }),
    );
}
