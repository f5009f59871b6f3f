import { type Command, Option } from 'commander';
import { ConfigError } from '../../config.ts';
import { EXIT } from '../../notebooks/report/report.ts';
import { DEFAULT_CELL_MS } from '../../notebooks/run/engine-messages.ts';
import { DEFAULT_BASE_URL, type NotebookOptions } from './notebook-options.ts';
import type { Place } from './notebook-run.ts';
import type { Settings } from './notebook-settings.ts';

const HELP = `
A cell is chosen by its number, as in $10, or by the name that its first line gives it: // @name create

Exit codes:
  0    every cell is ok
  1    the command line is wrong
  2    a notebook or an API description cannot be read
  3    a cell failed: its code, a request, a limit, a question that nobody answered
  4    an assertion does not hold
  130  interrupted
What goes wrong after the first failure of a notebook follows from it: that one decides.

Start here:
  $ tieline notebook run guide.md --serve
`;

const collect = (value: string, before: readonly string[] = []) => [...before, value];

/** `tieline notebook run` */
export function addNotebookCommand(program: Command): void {
  const notebook = program
    .command('notebook')
    .description('notebooks: text and cells of JavaScript in Markdown, run against the API');
  const run = notebook
    .command('run <file...>')
    .description('run notebooks, and print the outcome of every cell')
    .addHelpText('after', HELP)
    .action(async (files: string[], options: NotebookOptions) => {
      process.exitCode = await runCommand(files, options);
    });
  addOptions(run);
}

function addOptions(command: Command): void {
  const repeated = (flags: string, description: string) =>
    command.addOption(new Option(flags, description).argParser(collect));
  command
    .option('--base-url <url>', `the Tieline to talk to (${DEFAULT_BASE_URL})`)
    .option('--serve', 'start a Tieline with data in memory for the run, and be its developer')
    .option('--account-sid <sid>', 'whose credentials, with TWILIO_AUTH_TOKEN (TWILIO_ACCOUNT_SID)')
    .option('--auth-token-file <file>', 'a file with the auth token (TWILIO_AUTH_TOKEN)');
  repeated('--answer <regex=value>', 'answer prompts whose message matches; may be repeated');
  command.option('--answers <file>', 'a YAML map of such answers');
  repeated('--param <name=value>', 'answer the prompt of a cell "name = prompt(…)"; repeatable');
  command
    .option('--yes', 'answer every confirm with yes')
    .option('--no', 'answer every confirm with no, also at a terminal');
  repeated('--cell <cell>', 'run only this cell; may be repeated');
  command
    .option('--from <cell>', 'begin with this cell')
    .option('--until <cell>', 'end with this cell')
    .option('--bail', 'stop at the first cell that fails')
    .option('--timeout <ms>', `how long a cell may run (${DEFAULT_CELL_MS})`);
  repeated(
    '--report <format=file>',
    'write junit, json, html, tap or har; - is standard output; repeatable, or with commas',
  );
  repeated('--redact <regex>', 'hide matching text in all output, as the token is; repeatable');
  repeated('--allow-origin <origin>', 'also allow requests to this origin; repeatable');
  repeated('--map <url[=file]>', 'replace an address by the base URL, or by a file');
  command
    .option('--offline', 'send requests only to the base URL')
    .option('--watch', 'run again whenever a file changes, until Ctrl-C')
    .option('--list', 'list the cells, and run nothing');
}

async function runCommand(files: readonly string[], options: NotebookOptions): Promise<number> {
  const [{ readSettings }, { NotebookError }, { NotebookOutput }] = await Promise.all([
    import('./notebook-settings.ts'),
    import('../../notebooks/notebook.ts'),
    import('./notebook-output.ts'),
  ]);
  const settings = readSettings(files, options, process.env);
  const isTaken = settings.reports.some(({ file }) => file === null);
  const stream = isTaken ? process.stderr : process.stdout;
  const output = new NotebookOutput(stream);
  try {
    if (options.list) return await list(settings);
    const { Terminal } = await import('./notebook-terminal.ts');
    const signal = firstSignal();
    const place = { output, terminal: new Terminal(stream, signal), signal };
    return await (settings.watch ? watch(settings, place) : run(settings, place));
  } catch (error) {
    if (!(error instanceof NotebookError)) throw error;
    console.error(`tieline: ${error.message}`);
    return EXIT.unreadable;
  }
}

async function run(settings: Settings, place: Place): Promise<number> {
  const { runOnce } = await import('./notebook-run.ts');
  const code = await runOnce(settings, place);
  // A sandbox that was stopped during its start may keep the process alive for a while.
  if (place.signal.aborted) process.exit(code);
  return code;
}

/**
 * Runs after each change. A file that cannot be read is reported, and read again after a change.
 */
async function watch(settings: Settings, place: Place): Promise<number> {
  const [{ runOnce }, { FileWatch }, { NotebookError }] = await Promise.all([
    import('./notebook-run.ts'),
    import('./notebook-watch.ts'),
    import('../../notebooks/notebook.ts'),
  ]);
  const { files, maps, answers_file } = settings;
  const watched = [...files, ...maps.map(([, file]) => file)];
  using changes = new FileWatch(answers_file === null ? watched : [...watched, answers_file]);
  for (let changed: string | null = ''; changed !== null; ) {
    if (changed !== '') place.output.line(`\n──── ${changed} has changed ────\n`, 'bold');
    try {
      await runOnce(settings, place);
    } catch (error) {
      const isExpected = error instanceof NotebookError || error instanceof ConfigError;
      if (!isExpected) throw error;
      place.output.line(`tieline: ${error.message}`, 'red');
    }
    if (!place.signal.aborted) {
      place.output.line('Waiting for a change; Ctrl-C ends.', 'dim');
    }
    changed = await changes.next(place.signal);
  }
  process.exit(EXIT.interrupted);
}

async function list(settings: Settings): Promise<number> {
  const { firstLineOf, loadNotebook } = await import('./notebook-files.ts');
  const { printRows } = await import('../with-app.ts');
  const loaded = settings.files.map((file) => loadNotebook(file, settings.selection));
  for (const { file, title, chosen } of loaded) {
    console.log(title === null ? file : `${file} · ${title}`);
    const rows = chosen.map((cell) => ({
      cell: `$${cell.index}`,
      name: cell.name ?? '',
      line: `${cell.part.line}`,
      code: firstLineOf(cell),
    }));
    printRows(rows);
  }
  return EXIT.ok;
}

/** Aborts at Ctrl-C or SIGTERM. A second signal ends the process at once. */
function firstSignal(): AbortSignal {
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (stop.signal.aborted) process.exit(EXIT.interrupted);
      stop.abort();
    });
  }
  return stop.signal;
}
