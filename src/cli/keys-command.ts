import type { Command } from 'commander';
import { DATA_OPTION } from './serve-command.ts';
import { type DataOptions, printRows, withApp } from './with-app.ts';

interface CreateOptions extends DataOptions {
  readonly accountSid: string;
  readonly friendlyName?: string;
  readonly main?: boolean;
}

/** `tieline keys …`: API keys, and the keys that seal secrets in the database. */
export function addKeysCommand(program: Command): void {
  const keys = program.command('keys').description('API keys of accounts, and the sealing keys');

  keys
    .command('list')
    .description("an account's API keys, newest first")
    .requiredOption('--account-sid <sid>', 'whose keys')
    .option('--json', 'print JSON')
    .option(...DATA_OPTION)
    .action((options: DataOptions & { accountSid: string; json?: boolean }) =>
      withApp(options, 'read', async ({ database }) => {
        const { listEveryApiKey } = await import('../accounts/api-key-store.ts');
        const rows = await listEveryApiKey(database.db, options.accountSid);
        const shown = rows.map(({ sid, kind, friendly_name }) => ({ sid, kind, friendly_name }));
        printRows(shown, options.json ?? false);
      }),
    );

  keys
    .command('create')
    .description('make an API key and print its secret, which is shown only here')
    .requiredOption('--account-sid <sid>', 'whose key')
    .option('--friendly-name <name>', 'what to call it, up to 64 characters')
    .option('--main', 'a Main key, which may also use accounts and keys')
    .option(...DATA_OPTION)
    .action((options: CreateOptions) =>
      withApp(options, 'change', async (app) => {
        const { createKey } = await import('./operate-keys.ts');
        const { sid, secret } = await createKey(app, options);
        console.log(`Key SID  ${sid}\nSecret   ${secret}`);
      }),
    );

  keys
    .command('delete <sid>')
    .description('delete an API key; it stops working at once')
    .requiredOption('--account-sid <sid>', 'whose key')
    .option(...DATA_OPTION)
    .action((sid: string, options: DataOptions & { accountSid: string }) =>
      withApp(options, 'change', async (app) => {
        const { deleteKey } = await import('./operate-keys.ts');
        await deleteKey(app, options.accountSid, sid);
        console.log(`Deleted ${sid}`);
      }),
    );

  keys
    .command('reseal')
    .description('seal every secret with the first key of TIELINE_SECRET_KEY')
    .option(...DATA_OPTION)
    .action((options: DataOptions) =>
      withApp(options, 'change', async (app) => {
        const { resealSecrets } = await import('../lifecycle/reseal-secrets.ts');
        const { resealed, retired } = await resealSecrets(app);
        const rest =
          retired.length > 0
            ? ` Nothing is sealed with ${retired.join(', ')} any more: take it out of TIELINE_SECRET_KEY.`
            : '';
        console.log(`${resealed} secrets sealed anew.${rest}`);
      }),
    );
}
