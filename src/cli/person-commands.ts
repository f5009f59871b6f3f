import type { Command } from 'commander';
import { ConfigError } from '../config.ts';
import type * as operatePerson from './operate-person.ts';
import { DATA_OPTION } from './serve-command.ts';
import { type DataOptions, printRows, withApp } from './with-app.ts';

const LAST = ['--last-operator', 'even if nobody is left who runs the platform'] as const;

type Operate = typeof operatePerson;

/** `tieline people disable|enable|delete|rename|operator|sessions`: changes one person. */
export function addPersonCommands(people: Command): void {
  const change = (
    options: DataOptions,
    work: (operate: Operate, app: Parameters<Operate['enable']>[0]) => Promise<string[]>,
  ) =>
    withApp(options, 'change', async (app) => {
      for (const line of await work(await import('./operate-person.ts'), app)) console.log(line);
    });

  people
    .command('disable <email>')
    .description('keep somebody from signing in, and end their sessions')
    .option(...LAST)
    .option(...DATA_OPTION)
    .action((email: string, options: DataOptions & { lastOperator?: boolean }) =>
      change(options, (operate, app) => operate.disable(app, email, options)),
    );

  people
    .command('enable <email>')
    .description('let somebody sign in again')
    .option(...DATA_OPTION)
    .action((email: string, options: DataOptions) =>
      change(options, (operate, app) => operate.enable(app, email)),
    );

  people
    .command('delete <email>')
    .description('delete somebody; what they did stays in the audit logs')
    .option('--keep-accounts', 'keep accounts that nobody else can sign in to')
    .option('--close-accounts', 'close those accounts for good')
    .option(...LAST)
    .option(...DATA_OPTION)
    .action(
      (
        email: string,
        options: DataOptions & {
          keepAccounts?: boolean;
          closeAccounts?: boolean;
          lastOperator?: boolean;
        },
      ) => change(options, (operate, app) => operate.remove(app, email, options)),
    );

  people
    .command('rename <email> <name>')
    .description('change what somebody is called')
    .option(...DATA_OPTION)
    .action((email: string, name: string, options: DataOptions) =>
      change(options, (operate, app) => operate.rename(app, email, name)),
    );

  people
    .command('operator <email>')
    .description('let somebody run the platform')
    .option('--remove', 'takes it away again')
    .option(...LAST)
    .option(...DATA_OPTION)
    .action((email: string, options: DataOptions & { remove?: boolean; lastOperator?: boolean }) =>
      change(options, (operate, app) => operate.setOperator(app, email, options)),
    );

  people
    .command('sessions [email]')
    .description('who is signed in; with --end, ends the sessions of one person')
    .option('--end', 'end them')
    .option('--everybody', 'with --end: of all people')
    .option('--json', 'print JSON')
    .option(...DATA_OPTION)
    .action(showOrEnd(change));
}

interface SessionOptions extends DataOptions {
  readonly end?: boolean;
  readonly everybody?: boolean;
  readonly json?: boolean;
}

function showOrEnd(
  change: (
    options: DataOptions,
    work: (operate: Operate, app: Parameters<Operate['enable']>[0]) => Promise<string[]>,
  ) => Promise<void>,
) {
  return (email: string | undefined, options: SessionOptions) => {
    if (options.end && (email === undefined) !== (options.everybody ?? false)) {
      throw new ConfigError('Say whose sessions end: an e-mail address, or --everybody.');
    }
    if (options.end)
      return change(options, (operate, app) => operate.endSessions(app, email ?? null));
    return withApp(options, 'read', async (app) => {
      const { showSessions } = await import('./operate-person.ts');
      printRows(await showSessions(app, email ?? null), options);
    });
  };
}
