import type { Command } from 'commander';
import { DATA_OPTION } from './serve-command.ts';
import { type DataOptions, withApp } from './with-app.ts';

/** `tieline verify` */
export function addVerifyCommand(program: Command): void {
  program
    .command('verify')
    .description('add up the ledger again and check the data, even while a server runs')
    .option('--json', 'print JSON')
    .option(...DATA_OPTION)
    .action((options: DataOptions & { json?: boolean }) =>
      withApp(options, 'read', async (app) => {
        const { verify } = await import('../verify/verify.ts');
        const { reportOf } = await import('./operate/operate-usage.ts');
        const started = performance.now();
        const verification = await verify(app);
        const duration_ms = Math.round(performance.now() - started);
        if (options.json) console.log(JSON.stringify({ ...verification, duration_ms }, null, 2));
        else console.log(reportOf(verification, duration_ms));
        if (verification.found > 0) process.exitCode = 1;
      }),
    );
}
