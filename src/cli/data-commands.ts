import { constants, setPriority } from 'node:os';
import type { Command } from 'commander';
import { progressLine } from './progress-line.ts';
import { DATA_OPTION } from './serve-command.ts';
import { type DataOptions, lastingConfig, withApp } from './with-app.ts';

/** `tieline migrate`, `backup` and `restore`. */
export function addDataCommands(program: Command): void {
  program
    .command('migrate')
    .description('bring the schema up to date, as every start does, and stop')
    .option(...DATA_OPTION)
    .action((options: DataOptions) =>
      withApp(options, 'make', async () => {
        console.log('The schema is up to date.');
      }),
    );

  program
    .command('backup <file>')
    .description('write all data into a file, even while a server runs')
    .option('--force', 'overwrite an older backup of this name')
    .option(...DATA_OPTION)
    .action((file: string, options: DataOptions & { force?: boolean }) => {
      letOthersGoFirst();
      return withApp(options, 'read', async (app) => {
        const { backUp } = await import('../db/whole/backup.ts');
        using line = progressLine('backing up');
        const { rows } = await backUp(app.database, file, {
          overwrite: options.force ?? false,
          progress: line.show,
        });
        console.log(
          `${rows} rows are in ${file}. Keep the secret key elsewhere: a restore needs it, and the file does not contain it.`,
        );
      });
    });

  program
    .command('restore <file>')
    .description('fill an empty database, of either engine, from a backup')
    .option(...DATA_OPTION)
    .action(async (file: string, options: DataOptions) => {
      const { restore } = await import('../db/whole/backup.ts');
      const { openLog } = await import('../kit/log.ts');
      const { data } = lastingConfig(options);
      using line = progressLine('restoring');
      const { rows } = await restore(data, file, openLog('error'), line.show);
      console.log(`${rows} rows restored from ${file}.`);
    });
}

/**
 * A backup may take minutes, beside a server that shall answer quickly. On a busy machine the lowest
 * priority would hardly let it go on, and its reading transaction would stay open for as long.
 */
function letOthersGoFirst(): void {
  try {
    setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // Without the right to do so, the backup is as important as the server.
  }
}
