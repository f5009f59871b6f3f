import type { Command } from 'commander';
import { addBalanceCommands } from './balance-commands.ts';
import { DATA_OPTION } from './serve-command.ts';
import { type DataOptions, printRows, withApp } from './with-app.ts';

interface CreateOptions extends DataOptions {
  readonly friendlyName: string;
  readonly type: string;
}

/** `tieline accounts …`: the operator's commands for accounts. */
export function addAccountsCommand(program: Command): void {
  const accounts = program.command('accounts').description('list, make and change accounts');

  accounts
    .command('list')
    .description('every account, newest first')
    .option('--json', 'print JSON')
    .option(...DATA_OPTION)
    .action((options: DataOptions & { json?: boolean }) =>
      withApp(options, 'read', async ({ database }) => {
        const { listEveryAccount } = await import('../accounts/account-store.ts');
        const rows = await listEveryAccount(database.db);
        printRows(rows.map(shown), options);
      }),
    );

  accounts
    .command('create')
    .description('make a main account and print its credentials')
    .requiredOption('--friendly-name <name>', 'its name, up to 64 characters')
    .option('--type <type>', 'Full or Trial', 'Full')
    .option(...DATA_OPTION)
    .action((options: CreateOptions) =>
      withApp(options, 'change', async (app) => {
        const { createMainAccount } = await import('./operate/operate-accounts.ts');
        const { sid, auth_token, test } = await createMainAccount(app, options);
        console.log(`Account SID       ${sid}\nAuth token        ${auth_token}`);
        console.log(`Test account SID  ${test.sid}\nTest auth token   ${test.token}`);
      }),
    );

  const changes = {
    upgrade: 'turn a Trial account, with its subaccounts, into a Full one',
    suspend: 'refuse all requests of an account until it is reactivated',
    reactivate: 'undo a suspension',
    close: 'close an account, its subaccounts and the grants in them; this is final',
  } as const;
  for (const [name, description] of Object.entries(changes)) {
    accounts
      .command(`${name} <sid>`)
      .description(description)
      .option(...DATA_OPTION)
      .action((sid: string, options: DataOptions) =>
        withApp(options, 'change', async (app) => {
          const { changeAccount } = await import('./operate/operate-accounts.ts');
          const account = await changeAccount(app, sid, name as keyof typeof changes);
          printRows([shown(account)]);
        }),
      );
  }
  addBalanceCommands(accounts);
}

function shown(account: {
  sid: string;
  owner_account_sid: string;
  type: string;
  status: string;
  friendly_name: string;
}): Record<string, string> {
  const { sid, owner_account_sid, type, status, friendly_name } = account;
  return { sid, owner_account_sid, type, status, friendly_name };
}
