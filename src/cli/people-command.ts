import type { Command } from 'commander';
import { addPersonCommands } from './person-commands.ts';
import { DATA_OPTION } from './serve-command.ts';
import { type DataOptions, printRows, withApp } from './with-app.ts';

interface CreateOptions extends DataOptions {
  readonly email: string;
  readonly name: string;
  readonly accountSid?: string;
  readonly operator?: boolean;
  readonly passwordStdin?: boolean;
}

/** The option for the beginning of printed links, if it differs from the settings. */
const PUBLIC_URL = [
  '--public-url <url>',
  'the address that the printed link begins with (TIELINE_PUBLIC_URL)',
] as const;

/** `tieline people …`: the people who sign in to the console. */
export function addPeopleCommand(program: Command): void {
  const people = program.command('people').description('the people who sign in to the console');

  people
    .command('list')
    .description('all people, by e-mail address')
    .option('--json', 'print JSON')
    .option(...DATA_OPTION)
    .action((options: DataOptions & { json?: boolean }) =>
      withApp(options, 'read', async (app) => {
        const { listPeople } = await import('./operate/operate-people.ts');
        printRows(await listPeople(app), options);
      }),
    );

  people
    .command('create')
    .description('make a person, and print a link that sets their password')
    .requiredOption('--email <address>', 'the address that they log in with')
    .requiredOption('--name <name>', 'their name, up to 64 characters')
    .option('--account-sid <sid>', 'their main account (default: a new Trial account)')
    .option('--operator', 'make them an operator of the platform, who needs no account')
    .option('--password-stdin', 'read the password from standard input instead of making a link')
    .option(...PUBLIC_URL)
    .option(...DATA_OPTION)
    .action((options: CreateOptions & { publicUrl?: string }) =>
      withApp(options, 'change', async (app) => {
        const { createFromCommand } = await import('./operate/operate-people.ts');
        const password = options.passwordStdin ? await readLine() : null;
        const { person, secret } = await createFromCommand(app, { ...options, password });
        console.log(`Person SID  ${person.sid}\nLog in as   ${person.email}`);
        if (secret !== null) console.log(await linkText(secret, app.config.publicUrl));
      }),
    );

  people
    .command('password <email>')
    .description('print a link that sets a new password, and end all sessions')
    .option('--remove-second-factors', 'also remove the second factors, for a person who lost them')
    .option(...PUBLIC_URL)
    .option(...DATA_OPTION)
    .action((email: string, options: DataOptions & { removeSecondFactors?: boolean }) =>
      withApp(options, 'change', async (app) => {
        const { resetPassword } = await import('./operate/operate-people.ts');
        const secret = await resetPassword(app, email, options.removeSecondFactors ?? false);
        console.log(await linkText(secret, app.config.publicUrl));
      }),
    );
  addPersonCommands(people);
}

async function linkText(secret: string, publicUrl: string | null): Promise<string> {
  const { linkPath } = await import('../people/links/one-time-link.ts');
  const path = linkPath(secret);
  return publicUrl === null
    ? `Open this path of your server within a day, once, to set the password: ${path}`
    : `Open this link within a day, once, to set the password: ${publicUrl}${path}`;
}

/** The first line of standard input. */
async function readLine(): Promise<string> {
  const { createInterface } = await import('node:readline/promises');
  for await (const line of createInterface({ input: process.stdin })) return line;
  return '';
}
