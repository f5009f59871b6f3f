import { styleText } from 'node:util';
import { preview } from '../../notebooks/report/preview.ts';
import {
  type CellRun,
  cellLabel,
  type FileRun,
  failureLine,
  failureText,
  followsText,
  lastRequest,
  shortUrl,
  totalsOf,
  totalsText,
} from '../../notebooks/report/report.ts';
import { exchangeText, milliseconds } from '../../notebooks/report/report-text.ts';
import type { Failure, OutputLine, RequestRecord } from '../../notebooks/run/outcome.ts';

/** The lines of source that are shown before the line that failed. */
const LINES_BEFORE = 2;
/** The most characters of a shown line of source. */
const MAX_SOURCE_WIDTH = 160;
const INDENT = '    ';

type Style = 'green' | 'red' | 'yellow' | 'dim' | 'bold';

/** Prints the progress of a run: a line for each cell, with notes below it. */
export class NotebookOutput {
  readonly #stream: NodeJS.WriteStream;
  readonly #isTerminal: boolean;
  #isUnfinished = false;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
    this.#isTerminal = stream.isTTY;
    // A reader such as `head` may close the stream. The run and its reports go on.
    stream.on('error', () => undefined);
  }

  /** Prints a line. Nothing in it can move the cursor. */
  line(text: string, style?: Style): void {
    this.#clear();
    this.#stream.write(`${this.#styled(visible(text), style)}\n`);
  }

  /** Prints a note about the run that belongs to no cell. */
  note(text: string): void {
    this.line(`note: ${text}`, 'yellow');
  }

  begin(file: string, title: string | null): void {
    this.line(title === null ? file : `${file} · ${title}`, 'bold');
  }

  /** On a terminal, names the cell that runs. Its result overwrites the line afterwards. */
  running(cell: Pick<CellRun, 'cell' | 'name'>): void {
    if (!this.#isTerminal) return;
    this.#clear();
    this.#stream.write(`… ${visible(cellLabel(cell))}`);
    this.#isUnfinished = true;
  }

  /** Prints the result of the last of these cells. */
  ran(file: string, base_url: string, cells: readonly CellRun[]): void {
    const cell = cells.at(-1);
    if (!cell) return;
    const { outcome, skipped } = cell;
    if (!outcome) {
      this.line(`skipped ${cellLabel(cell)} ${skipped ?? ''}`, 'yellow');
      return;
    }
    const follows = followsText(cell);
    if (follows !== null) {
      this.#styledLine('not ok', 'red', `${cellLabel(cell)} ${follows}`);
      return;
    }
    const isOk = outcome.state === 'ok';
    const word = isOk ? 'ok' : outcome.state === 'stopped' ? 'stopped' : 'not ok';
    const rest = `${cellLabel(cell)} ${resultText(cell, base_url)}`.trimEnd();
    this.#styledLine(word, isOk ? 'green' : 'red', rest);
    if (outcome.failure && outcome.state === 'failed') this.#explain(file, cells, cell);
    for (const said of outcome.lines) this.#say(said);
  }

  summary(files: readonly Pick<FileRun, 'parts'>[], duration_ms: number): void {
    const totals = totalsOf(files);
    const style = totals.failed > 0 ? 'red' : totals.skipped > 0 ? 'yellow' : 'green';
    const counted = files.length > 1 ? `${files.length} notebooks, ` : '';
    this.line(`${counted}${totalsText(totals)}, ${milliseconds(duration_ms)}`, style);
  }

  #explain(file: string, cells: readonly CellRun[], cell: CellRun): void {
    const failure = cell.outcome?.failure;
    if (!failure) return;
    const at = failureLine(cell, failure);
    this.line(`${INDENT}${file}:${at}`, 'dim');
    for (const text of sourceAround(cell, at, failure)) this.line(INDENT + text);
    this.#indented(failureText(failure), 'red');
    const last = lastRequest(cells, cells.length - 1);
    // The failure already names a request that failed.
    if (!last || last.request.error === failure.message) return;
    const owner = last.cell === cell ? '' : ` (of $${last.cell.cell})`;
    this.line(`${INDENT}The last request${owner}:`);
    for (const text of exchangeText(last.request)) this.#indented(`  ${text}`, 'dim');
  }

  /** Prints a coloured word, and the rest of the line without colour. */
  #styledLine(word: string, style: Style, rest: string): void {
    const head = this.#styled(word, style);
    this.#clear();
    this.#stream.write(`${head} ${visible(rest)}\n`);
  }

  #say({ level, text }: OutputLine): void {
    const style = level === 'error' ? 'red' : level === 'warn' ? 'yellow' : undefined;
    this.#indented(level === 'notice' ? `note: ${text}` : text, style);
  }

  #indented(text: string, style?: Style): void {
    for (const line of text.split('\n')) this.line(INDENT + line, style);
  }

  #clear(): void {
    if (this.#isUnfinished) this.#stream.write('\r\u001B[2K');
    this.#isUnfinished = false;
  }

  /** Colours are for terminals only, and not when NO_COLOR is set. */
  #styled(text: string, style: Style | undefined): string {
    if (!this.#isTerminal || style === undefined) return text;
    return styleText(style, text, { stream: this.#stream });
  }
}

/** The result of a cell: its last request, or its value. */
function resultText({ outcome }: CellRun, base_url: string): string {
  if (!outcome) return '';
  const took = milliseconds(outcome.duration_ms);
  const last = outcome.requests.at(-1);
  if (last) {
    const count = outcome.requests.length > 1 ? ` (${outcome.requests.length} requests)` : '';
    return `${requestText(last, base_url)} ${took}${count}`;
  }
  return outcome.value ? preview(outcome.value) : took;
}

function requestText({ method, url, response }: RequestRecord, base_url: string): string {
  return `${response?.status ?? 'no answer'} ${method} ${shortUrl(url, base_url)}`;
}

/**
 * The line that failed, with its number in the file, a mark before it and a mark below its column,
 * and some earlier lines. If the line is not known, it is the first line without a mark.
 */
function sourceAround({ source, line }: CellRun, at: number, failure: Failure): string[] {
  const lines = source.split('\n');
  const failed = at - line;
  const first = Math.max(failed - LINES_BEFORE, 0);
  const width = `${at}`.length;
  const shown = lines.slice(first, failed + 1).map((text, place) => {
    const number = `${line + first + place}`.padStart(width);
    const mark = failure.line !== null && first + place === failed ? '>' : ' ';
    const beginning =
      text.length > MAX_SOURCE_WIDTH ? `${text.slice(0, MAX_SOURCE_WIDTH)}…` : text.trimEnd();
    return `${mark} ${number} | ${beginning}`.trimEnd();
  });
  const { column } = failure;
  if (column === null || column > MAX_SOURCE_WIDTH) return shown;
  const before = lines[failed]?.slice(0, column - 1).replaceAll(/[^\t]/gu, ' ') ?? '';
  return [...shown, `${' '.repeat(width + 2)} | ${before}^`];
}

/** Removes control characters: text of a notebook or a server must not control the terminal. */
function visible(text: string): string {
  return text.replaceAll(/(?![\t\n])\p{Cc}/gu, (found) => {
    const code = found.charCodeAt(0).toString(16).padStart(2, '0');
    return String.raw`\x${code}`;
  });
}
