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
    .description('what applications were told, or could not be told');

  webhooks
    .command('list')
    .description('up to 100 of any account that no receiver took so far, and why')
    .option(
      '--state <state>',
      'in place of them: failing (tried again later), dead (given up), pending, leased, delivered or cancelled',
    )
    .option('--account-sid <sid>', 'only those about this account')
    .option('--json', 'print JSON')
    .option(...DATA_OPTION)
    .action((options: ListOptions) =>
      withApp(options, 'read', async (app) => {
        const { listWebhooks } = await import('./operate-webhooks.ts');
        printRows(await listWebhooks(app, options), options);
      }),
    );

  webhooks
    .command('show <sid>')
    .description('one of them with its parameters and every attempt')
    .option('--json', 'print JSON')
    .option(...DATA_OPTION)
    .action((sid: string, options: DataOptions & { json?: boolean }) =>
      withApp(options, 'read', async (app) => {
        const { showWebhook, webhookText } = await import('./operate-webhooks.ts');
        const shown = await showWebhook(app, sid);
        console.log(options.json ? JSON.stringify(shown, null, 2) : webhookText(shown));
      }),
    );

  webhooks
    .command('replay <sid...>')
    .description(
      'have them sent again, as the same ones and with their schedule begun anew; a server whose data is ' +
        'in a folder must be stopped, or do it on its page Platform',
    )
    .option(...DATA_OPTION)
    .action((sids: string[], options: DataOptions) =>
      withApp(options, 'change', async (app) => {
        const { replayWebhooks } = await import('./operate-webhooks.ts');
        printRows(await replayWebhooks(app, sids));
      }),
    );
}
