import type { Command } from 'commander';
import { DATA_OPTION } from './serve-command.ts';
import { type DataOptions, printRows, withApp } from './with-app.ts';

interface ListOptions extends DataOptions {
  readonly state?: string;
  readonly accountSid?: string;
  readonly json?: boolean;
}

/** `tieline webhooks …`: the webhooks to applications, sent and waiting. */
export function addWebhooksCommand(program: Command): void {
  const webhooks = program
    .command('webhooks')
    .description('webhooks to applications, and the reasons of failures');

  webhooks
    .command('list')
    .description('up to 100 undelivered webhooks of all accounts, with the reasons')
    .option(
      '--state <state>',
      'list this state instead: failing (tried again later), dead (given up), pending, leased, delivered or cancelled',
    )
    .option('--account-sid <sid>', 'only those about this account')
    .option('--json', 'print JSON')
    .option(...DATA_OPTION)
    .action((options: ListOptions) =>
      withApp(options, 'read', async (app) => {
        const { listWebhooks } = await import('./operate/operate-webhooks.ts');
        printRows(await listWebhooks(app, options), options);
      }),
    );

  webhooks
    .command('show <sid>')
    .description('one webhook with its parameters and every attempt')
    .option('--json', 'print JSON')
    .option(...DATA_OPTION)
    .action((sid: string, options: DataOptions & { json?: boolean }) =>
      withApp(options, 'read', async (app) => {
        const { showWebhook, webhookText } = await import('./operate/operate-webhooks.ts');
        const shown = await showWebhook(app, sid);
        console.log(options.json ? JSON.stringify(shown, null, 2) : webhookText(shown));
      }),
    );

  webhooks
    .command('replay <sid...>')
    .description(
      'send webhooks again, with the same tokens and a new schedule. While a server runs on a folder, ' +
        'use its page Platform instead',
    )
    .option(...DATA_OPTION)
    .action((sids: string[], options: DataOptions) =>
      withApp(options, 'change', async (app) => {
        const { replayWebhooks } = await import('./operate/operate-webhooks.ts');
        printRows(await replayWebhooks(app, sids));
      }),
    );
}
