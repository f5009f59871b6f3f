import type { Command } from 'commander';
import { ConfigError } from '../config.ts';
import type * as operatePerson from './operate/operate-person.ts';
import { DATA_OPTION } from './serve-command.ts';
import { type DataOptions, printRows, withApp } from './with-app.ts';

const LAST = ['--last-operator', 'even if no other operator is left'] as const;

type Operate = typeof operatePerson;

/** `tieline people disable|enable|delete|rename|operator|sessions`: changes one person. */
export function addPersonCommands(people: Command): void {
  const change = (
    options: DataOptions,
    work: (operate: Operate, app: Parameters<Operate['enable']>[0]) => Promise<string[]>,
  ) =>
    withApp(options, 'change', async (app) => {
      for (const line of await work(await import('./operate/operate-person.ts'), app))
        console.log(line);
    });

  people
    .command('disable <email>')
    .description('disable the login of a person, and end their sessions')
    .option(...LAST)
    .option(...DATA_OPTION)
    .action((email: string, options: DataOptions & { lastOperator?: boolean }) =>
      change(options, (operate, app) => operate.disable(app, email, options)),
    );

  people
    .command('enable <email>')
    .description('enable the login of a person again')
    .option(...DATA_OPTION)
    .action((email: string, options: DataOptions) =>
      change(options, (operate, app) => operate.enable(app, email)),
    );

  people
    .command('delete <email>')
    .description('delete a person; their actions stay in the audit logs')
    .option('--keep-accounts', 'keep the accounts that only this person can sign in to')
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
    .description('change the name of a person')
    .option(...DATA_OPTION)
    .action((email: string, name: string, options: DataOptions) =>
      change(options, (operate, app) => operate.rename(app, email, name)),
    );

  people
    .command('operator <email>')
    .description('make a person an operator of the platform')
    .option('--remove', 'make them an ordinary person again')
    .option(...LAST)
    .option(...DATA_OPTION)
    .action((email: string, options: DataOptions & { remove?: boolean; lastOperator?: boolean }) =>
      change(options, (operate, app) => operate.setOperator(app, email, options)),
    );

  people
    .command('sessions [email]')
    .description('who is signed in; with --end, ends the sessions of one person')
    .option('--end', 'end them')
    .option('--everybody', 'with --end, end the sessions of all people')
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
      const { showSessions } = await import('./operate/operate-person.ts');
      printRows(await showSessions(app, email ?? null), options);
    });
  };
}
