import type { Command } from 'commander';
import type { App } from '../app.ts';
import { DATA_OPTION } from './serve-command.ts';
import { type DataOptions, printRows, withApp, withData } from './with-app.ts';

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
        printRows(shown, options);
      }),
    );

  keys
    .command('create')
    .description('make an API key and print its secret, which is shown only here')
    .requiredOption('--account-sid <sid>', 'whose key')
    .option('--friendly-name <name>', 'its name, up to 64 characters')
    .option('--main', 'a Main key, which may also use accounts and keys')
    .option(...DATA_OPTION)
    .action((options: CreateOptions) =>
      withApp(options, 'change', async (app) => {
        const { createKey } = await import('./operate/operate-keys.ts');
        const { sid, secret } = await createKey(app, options);
        console.log(`Key SID  ${sid}\nSecret   ${secret}`);
      }),
    );

  keys
    .command('delete <sid>')
    .description('delete an API key; it stops working immediately')
    .requiredOption('--account-sid <sid>', 'whose key')
    .option(...DATA_OPTION)
    .action((sid: string, options: DataOptions & { accountSid: string }) =>
      withApp(options, 'change', async (app) => {
        const { deleteKey } = await import('./operate/operate-keys.ts');
        await deleteKey(app, options.accountSid, sid);
        console.log(`Deleted ${sid}`);
      }),
    );

  keys
    .command('status')
    .description('the sealing key in use, the rows that need each key, and the keys of each server')
    .option('--json', 'print JSON')
    .option(...DATA_OPTION)
    .action((options: DataOptions & { json?: boolean }) =>
      withData(options, async (database) => {
        const { printSealingStatus, readSealingStatus } = await import('./sealing-status.ts');
        const status = await readSealingStatus(database);
        if (options.json) console.log(JSON.stringify(status, null, 2));
        else printSealingStatus(status);
      }),
    );

  keys
    .command('reseal')
    .description(
      'seal every secret with the first key of TIELINE_SECRET_KEY, which every server must hold; ' +
        'if the data is in a folder, stop its server first',
    )
    .option(...DATA_OPTION)
    .action((options: DataOptions) => withApp(options, 'change', reseal));
}

async function reseal(app: App): Promise<void> {
  const { resealSecrets } = await import('../lifecycle/reseal-secrets.ts');
  const { key_id, resealed, retired, left } = await resealSecrets(app);
  console.log(`Step 2 of 3, seal anew: ${resealed} secrets sealed anew with ${key_id}.`);
  if (left.length > 0) {
    console.log(
      `${left.join(', ')} still seals rows that other transactions hold: run this again.`,
    );
    process.exitCode = 1;
  } else if (retired.length > 0) {
    console.log(
      `Step 3 of 3, take away: nothing is sealed with ${retired.join(', ')} any more: ` +
        `restart every server with TIELINE_SECRET_KEY=${key_id}:KEY alone.`,
    );
  } else {
    console.log(
      `Everything is sealed with ${key_id}. To replace this key, begin with step 1, ` +
        `add: restart every server with TIELINE_SECRET_KEY=newname:NEWKEY,${key_id}:KEY.`,
    );
  }
}
