import type { Command } from 'commander';
import { DATA_OPTION } from './serve-command.ts';
import { type DataOptions, withApp } from './with-app.ts';

/** `tieline clock …`: moves the product's clock, in development. */
export function addClockCommand(program: Command): void {
  const clock = program
    .command('clock')
    .description(
      'the clock of a development database. While a server runs on a folder, use ' +
        'POST /_tieline/clock. Servers of a PostgreSQL database follow within about a second',
    );

  clock
    .command('status')
    .description('the time, its distance from real time, and the rows that keep it ahead')
    .option('--json', 'print JSON')
    .option(...DATA_OPTION)
    .action((options: DataOptions & { json?: boolean }) =>
      withApp(options, 'read', async (app) => {
        const { clockStatus, statusLines } = await import('./operate/operate-clock.ts');
        const status = await clockStatus(app);
        console.log(options.json ? JSON.stringify(status, null, 2) : statusLines(status));
      }),
    );

  const move = (options: DataOptions, how: { set: string } | { advance: string } | null) =>
    withApp(options, 'change', async (app) => {
      const { moveClockOf, clockStatus, headLine } = await import('./operate/operate-clock.ts');
      await moveClockOf(app, how);
      console.log(headLine(await clockStatus(app)));
    });

  clock
    .command('set <time>')
    .description('move it forward to a moment, such as 2030-01-01T00:00:00Z')
    .option(...DATA_OPTION)
    .action((time: string, options: DataOptions) => move(options, { set: time }));

  clock
    .command('advance <length>')
    .description('move it forward by a length of time: 1d, 2h, 30m, 15s or 500ms')
    .option(...DATA_OPTION)
    .action((length: string, options: DataOptions) => move(options, { advance: length }));

  clock
    .command('in-step')
    .description('put it back to real time, if nothing is dated later than that')
    .option(...DATA_OPTION)
    .action((options: DataOptions) => move(options, null));
}
