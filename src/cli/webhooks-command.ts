import type { Command } from 'commander';
import type { DoctorOptions } from './operate/doctor.ts';
import { DATA_OPTION } from './serve-command.ts';
import { type DataOptions, printRows, withApp } from './with-app.ts';

interface ExamineOptions extends DataOptions, DoctorOptions {
  readonly accountSid?: string;
  readonly json?: boolean;
}

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
    .command('doctor')
    .description(
      'say which usual mistake keeps X-Twilio-Signature from fitting a request. It uses the tokens of ' +
        '--account-sid in the data, or TWILIO_AUTH_TOKEN without any data',
    )
    .requiredOption('--url <url>', 'the URL that your code checks')
    .requiredOption('--signature <text>', 'the value of X-Twilio-Signature')
    .option('--body <text>', 'the body as it came, or the parameters, one on a line as Name=value')
    .option('--body-file <file>', 'a file with the body; - for the standard input')
    .option('--computed <text>', 'the signature that your own code made')
    .option('--forwarded-host <host>', 'the header X-Forwarded-Host')
    .option('--account-sid <sid>', 'the account whose webhook it is')
    .option('--json', 'print JSON')
    .option(...DATA_OPTION)
    .action(examine);

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

/** Ends with 0 for a right signature and with 1 for any other. */
async function examine(options: ExamineOptions): Promise<void> {
  const doctor = await import('./operate/doctor.ts');
  const given = await doctor.readDoctorCase(options);
  const { accountSid } = options;
  const token = process.env['TWILIO_AUTH_TOKEN'] ?? '';
  if (accountSid === undefined && token === '') {
    const { ConfigError } = await import('../kit/config-error.ts');
    throw new ConfigError(
      'The doctor needs a token: name an account of the data by --account-sid, or set TWILIO_AUTH_TOKEN.',
    );
  }
  const found =
    accountSid === undefined
      ? doctor.diagnoseWith(token, given)
      : await withApp(options, 'read', (app) => doctor.diagnoseFor(app, accountSid, given));
  console.log(options.json ? JSON.stringify(found, null, 2) : doctor.doctorText(found));
  if (found.verdict !== 'right') process.exitCode = 1;
}
