import type { Command } from 'commander';
import { readConfig } from '../config.ts';
import type { FileOptions, ListOptions, RouteOptions } from './operate/operate-carriers.ts';
import { CARRIERS_OPTION, DATA_OPTION } from './serve-command.ts';
import { type DataOptions, printRows, withData } from './with-app.ts';

const PRODUCTION_OPTION = ['--production', 'choose as a server in production does'] as const;

interface ExportOptions extends DataOptions {
  readonly format: string;
}

/** `tieline carriers …`: the operator's file of carriers and routes. */
export function addCarriersCommand(program: Command): void {
  const carriers = program
    .command('carriers')
    .description(
      'the carriers and routes of a file. A running server reads its file anew on SIGHUP',
    );

  carriers
    .command('list')
    .description('the carriers of the file, and the routes that lead to each of them')
    .option(...CARRIERS_OPTION)
    .option(...PRODUCTION_OPTION)
    .option('--check', 'ask each carrier whether it is there, as carriers test does')
    .option('--json', 'print JSON')
    .action(async (options: ListOptions) => {
      const { listCarriers } = await import('./operate/operate-carriers.ts');
      printRows(await listCarriers(configOf(options), options), options);
    });

  carriers
    .command('route')
    .description('which carrier would take a message and a call, and why')
    .requiredOption('--to <address>', 'the recipient, such as +4930123456')
    .option('--from <address>', 'the sender')
    .option('--account <sid>', 'the account that sends')
    .option('--grant <sid>', 'the grant of the Connect app that sends')
    .option(...CARRIERS_OPTION)
    .option(...PRODUCTION_OPTION)
    .option('--json', 'print JSON')
    .action(async (options: RouteOptions) => {
      const { routeOf } = await import('./operate/operate-carriers.ts');
      printRows(routeOf(configOf(options), options), options);
    });

  carriers
    .command('export')
    .description(
      "print a connection policy as a list for Kamailio's dispatcher, as rows for OpenSIPS' drouting, " +
        'or as carriers for jambonz. It reads the data beside a running server',
    )
    .argument('<policy>', 'its SID, such as NY0123…')
    .requiredOption('--format <program>', 'kamailio, opensips or jambonz')
    .option(...DATA_OPTION)
    .action((policy: string, options: ExportOptions) =>
      withData(options, async ({ db }) => {
        const { exportedPolicy } = await import('./operate/operate-policies.ts');
        process.stdout.write(await exportedPolicy(db, policy, options.format));
      }),
    );

  carriers
    .command('test')
    .description('connect to a carrier, or ask it, and print the answer. No message is sent')
    .argument('<name>', 'its name in the file')
    .option(...CARRIERS_OPTION)
    .action(async (name: string, options: FileOptions) => {
      const { testCarrier } = await import('./operate/operate-carriers.ts');
      const { is_up, detail } = await testCarrier(configOf(options), name);
      console.log(`${name} ${is_up ? 'answers' : 'does not answer'}: ${detail}`);
      if (!is_up) process.exitCode = 1;
    });
}

/** The settings of a command that opens no data, so that nothing else of production is demanded. */
function configOf({ carriers, production = false }: FileOptions) {
  const logLevel = process.env['TIELINE_LOG_LEVEL'] ?? 'error';
  const mode = production ? ('production' as const) : ('development' as const);
  return { ...readConfig({ carriers, logLevel }, process.env), mode };
}
