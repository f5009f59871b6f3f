import type { Command } from 'commander';
import { DATA_OPTION } from './serve-command.ts';
import { type DataOptions, printRows, withApp } from './with-app.ts';

interface CreditOptions extends DataOptions {
  readonly reason: string;
  readonly key?: string;
}

/** `tieline accounts balance | credit | floor`: the money of main accounts. */
export function addBalanceCommands(accounts: Command): void {
  accounts
    .command('balance <sid>')
    .description('the balance of an account, its floor, and its credits, newest first')
    .option('--json', 'print JSON')
    .option(...DATA_OPTION)
    .action((sid: string, options: DataOptions & { json?: boolean }) =>
      withApp(options, 'read', async (app) => {
        const { showBalance } = await import('./operate/operate-balances.ts');
        const { account, credits } = await showBalance(app, sid);
        if (options.json) {
          console.log(JSON.stringify({ ...account, credits }, null, 2));
          return;
        }
        printBalance(account);
        if (credits.length > 0) printRows(credits);
      }),
    );

  accounts
    .command('credit <sid> <amount>')
    .description('add an amount to the balance of an account; it may be negative')
    .requiredOption('--reason <text>', 'the reason, which the people of the account can read')
    .option(
      '--key <key>',
      'identifies this credit, which counts once even if you run the command again',
    )
    .option(...DATA_OPTION)
    .action((sid: string, amount: string, options: CreditOptions) =>
      withApp(options, 'change', async (app) => {
        const { credit } = await import('./operate/operate-balances.ts');
        const { reason, key } = options;
        const wanted = { amount, reason, ...(key !== undefined && { key }) };
        printBalance(await credit(app, sid, wanted));
      }),
    );

  accounts
    .command('floor <sid> <amount>')
    .description(
      'set the floor of a balance. Below it, apps cannot write and nothing is sent. ' +
        'The default is none',
    )
    .option(...DATA_OPTION)
    .action((sid: string, amount: string, options: DataOptions) =>
      withApp(options, 'change', async (app) => {
        const { setFloor } = await import('./operate/operate-balances.ts');
        printBalance(await setFloor(app, sid, amount));
      }),
    );
}

function printBalance(row: Record<string, string | null>): void {
  printRows([{ ...row, balance_floor: row['balance_floor'] ?? 'none' }]);
}
