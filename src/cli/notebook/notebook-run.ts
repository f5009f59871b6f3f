import { productVersion } from '../../kit/product-version.ts';
import type { Cell } from '../../notebooks/notebook.ts';
import {
  type CellRun,
  cellLabel,
  EXIT,
  exitCodeOf,
  type FileRun,
  type Run,
} from '../../notebooks/report/report.ts';
import { Redaction } from '../../notebooks/report/report-redaction.ts';
import type { Prepared } from '../../notebooks/run/answers.ts';
import type { Outcome } from '../../notebooks/run/outcome.ts';
import { Session } from '../../notebooks/run/session.ts';
import { WhatFollows } from '../../notebooks/run/what-follows.ts';
import { type LoadedNotebook, loadNotebook } from './notebook-files.ts';
import { CommandLineHost } from './notebook-host.ts';
import type { NotebookOutput } from './notebook-output.ts';
import { writeReports } from './notebook-reports.ts';
import { readAnswersFile, readNamed, type Settings } from './notebook-settings.ts';
import type { Terminal } from './notebook-terminal.ts';

/** The time that a cell has to end after it was told to. */
const STOPPING_MS = 200;

/** The surroundings of a run. */
export interface Place {
  readonly output: NotebookOutput;
  readonly terminal: Terminal;
  /** Ends the run: the running cell is stopped, and later cells do not run. */
  readonly signal: AbortSignal;
}

interface Login {
  readonly base_url: string;
  readonly account_sid: string | null;
  readonly auth_token: string | null;
}

/**
 * Runs notebooks once, prints the progress, and writes the reports.
 * @returns the exit code
 * @throws ConfigError and NotebookError before anything has run
 */
export async function runOnce(settings: Settings, place: Place): Promise<number> {
  const loaded = settings.files.map((file) => loadNotebook(file, settings.selection));
  if (settings.base_url !== null)
    return runAt(loaded, settings, place, { ...settings, base_url: settings.base_url });
  const { serveForRun } = await import('./notebook-serve.ts');
  await using server = await serveForRun();
  return await runAt(loaded, settings, place, server);
}

async function runAt(
  loaded: readonly LoadedNotebook[],
  settings: Settings,
  place: Place,
  login: Login,
): Promise<number> {
  const { output, signal } = place;
  const redaction = new Redaction(settings.redact);
  if (login.auth_token !== null) redaction.add(login.account_sid ?? '', login.auth_token);
  const host = hostFor(settings, place, login, redaction);
  const start = performance.now();
  const started_at = host.now();
  const files: FileRun[] = [];
  const run: FileRunner = { settings, place, host, redaction, login, bailed: null };
  for (const notebook of loaded) files.push(await runFile(notebook, run));
  const duration_ms = performance.now() - start;
  if (files.length > 1) output.summary(files, duration_ms);
  for (const unused of unusedAnswers(settings, host)) output.note(redaction.hide(unused));
  const exit_code = signal.aborted ? EXIT.interrupted : exitCodeOf(files);
  const { base_url, account_sid } = login;
  const failures = await writeReports(
    redaction.hideIn<Run>({
      base_url,
      account_sid,
      version: productVersion(),
      started_at,
      duration_ms,
      exit_code,
      files,
    }),
    settings.reports,
  );
  for (const failure of failures) output.line(failure, 'red');
  return failures.length > 0 && exit_code === EXIT.ok ? EXIT.unwritten : exit_code;
}

interface FileRunner {
  readonly settings: Settings;
  readonly place: Place;
  readonly host: CommandLineHost;
  readonly redaction: Redaction;
  readonly login: Login;
  /** The reason why no more cells run; null while the run goes on. */
  bailed: string | null;
}

async function runFile(loaded: LoadedNotebook, run: FileRunner): Promise<FileRun> {
  const { place, host, redaction } = run;
  const { sha256, notebook, chosen } = loaded;
  const start = performance.now();
  const started_at = host.now();
  const file = redaction.hide(loaded.file);
  const title = redaction.hideIn(loaded.title);
  place.output.begin(file, title);
  const runs = await runCells(file, chosen, run);
  const duration_ms = performance.now() - start;
  place.output.summary([{ parts: runs }], duration_ms);
  const parts = partsOf(notebook.parts, chosen, runs, redaction);
  return { file, title, sha256, started_at, duration_ms, parts };
}

/** Runs the cells of one notebook in a sandbox, which starts with the first cell that runs. */
async function runCells(
  file: string,
  chosen: readonly Cell[],
  run: FileRunner,
): Promise<CellRun[]> {
  const { settings, place, host, redaction, login } = run;
  const { base_url } = login;
  const { allowed_origins, stand_ins, timeout_ms } = settings;
  let session: Session | null = null;
  const stop = () => session?.stop();
  place.signal.addEventListener('abort', stop, { once: true });
  const runs: CellRun[] = [];
  const what_follows = new WhatFollows();
  let ended: string | null = null;
  try {
    for (const cell of chosen) {
      const shown = redaction.hideIn(shownCell(cell));
      const skipped = place.signal.aborted ? 'The run was interrupted.' : (run.bailed ?? ended);
      if (skipped !== null) {
        runs.push({ ...shown, outcome: null, skipped, follows: null });
        place.output.ran(file, base_url, runs);
        continue;
      }
      place.output.running(shown);
      session ??= new Session(host, { base_url, allowed_origins, stand_ins, timeout_ms });
      const outcome = await runCell(session, cell, run);
      const follows = what_follows.add(cell, outcome);
      runs.push({ ...shown, outcome, skipped, follows });
      place.output.ran(file, base_url, runs);
      if (session.isGone) ended = `The sandbox ended with ${cellLabel(shown)}.`;
      if (outcome.state !== 'ok' && settings.bail) {
        run.bailed = `${cellLabel(shown)} of ${file} failed (--bail).`;
      }
    }
  } finally {
    place.signal.removeEventListener('abort', stop);
    session?.close();
  }
  return runs;
}

function shownCell({ index, name, part }: Cell) {
  const { source, line } = part;
  return { kind: 'code' as const, cell: index, name, source, line };
}

/** The text and the chosen cells, in the order of the file. */
function partsOf(
  parts: LoadedNotebook['notebook']['parts'],
  chosen: readonly Cell[],
  runs: readonly CellRun[],
  redaction: Redaction,
): FileRun['parts'] {
  const byPart = new Map(chosen.map(({ part }, at) => [part, runs[at]]));
  return parts.flatMap((part): FileRun['parts'] => {
    if (part.kind === 'text') return [{ kind: 'text', source: redaction.hide(part.source) }];
    const run = byPart.get(part);
    return run ? [run] : [];
  });
}

/** Runs a cell. A cell that cannot begin counts as failed. */
async function runCell(session: Session, cell: Cell, run: FileRunner): Promise<Outcome> {
  const { host, place, redaction } = run;
  const start = performance.now();
  const ended = (state: Outcome['state'], message: string): Outcome => ({
    cell: cell.index,
    state,
    value: null,
    failure: { cause: 'limit', name: 'LimitError', message, line: null, column: null, stack: null },
    requests: [],
    lines: [],
    duration_ms: performance.now() - start,
  });
  host.beginCell(cell);
  let outcome: Outcome;
  try {
    const late = stopped(place.signal).then(() => ended('stopped', 'The cell was stopped.'));
    outcome = await Promise.race([session.run(cell), late]);
  } catch (error) {
    outcome = ended('failed', `The sandbox could not run it: ${(error as Error).message}.`);
  }
  return redaction.hideIn({ ...outcome, lines: [...host.endCell(), ...outcome.lines] });
}

/**
 * Resolves a moment after the signal, so that the stopped cell can report its own outcome first.
 */
function stopped(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => setTimeout(resolve, STOPPING_MS), { once: true });
  });
}

function hostFor(
  settings: Settings,
  { output, terminal }: Place,
  { base_url, account_sid, auth_token }: Login,
  redaction: Redaction,
): CommandLineHost {
  const fromFile = settings.answers_file === null ? [] : readAnswersFile(settings.answers_file);
  const answers = [...settings.answers, ...fromFile];
  const documents = settings.maps.map(([url, file]) => {
    const address = URL.parse(url, base_url)?.href ?? url;
    return [address, { file, text: readNamed('--map', file) }] as const;
  });
  return new CommandLineHost({
    base_url,
    auth_token,
    prepared: { answers, params: settings.params, account_sid },
    confirmed: settings.confirmed,
    documents: new Map(documents),
    output,
    terminal,
    redaction,
  });
}

/** The answers to questions that no cell asked. Most are misspelt names. */
function unusedAnswers(
  { answers, params }: Pick<Settings, 'answers' | 'params'>,
  host: CommandLineHost,
): string[] {
  const given: Prepared['answers'] = answers;
  return [
    ...given.filter((answer) => !host.used.has(answer)).map(({ given_by }) => given_by),
    ...[...params.keys()].filter((name) => !host.used.has(name)).map((name) => `--param ${name}=…`),
  ].map(
    (flag) =>
      `${flag} was not needed: no cell that ran asked for it, or another answer came first.`,
  );
}
