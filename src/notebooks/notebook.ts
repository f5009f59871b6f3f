/**
 * A notebook: text and JavaScript cells in one Markdown file, in the format of the API Notebook.
 * The format goes by lines. A cell begins after a line that is exactly "```javascript" and ends
 * before a line that is exactly "```". Every other fence belongs to the text.
 */
export interface Notebook {
  /** The unchanged front matter of the file; empty without one. */
  readonly head: string;
  /** The names and values of the front matter, in order. Values are kept as written. */
  readonly front: readonly (readonly [name: string, value: string])[];
  /** Texts and cells in order. `head` and the `raw` of all parts make up the whole file. */
  readonly parts: readonly Part[];
  /** The line end of the file, used for added lines. */
  readonly line_end: '\n' | '\r\n';
}

/** A text or a code cell. */
export interface Part {
  readonly kind: 'text' | 'code';
  /** The part as in the file, including its fences and the blank lines around it. */
  readonly raw: string;
  /** The content between fences and blank lines, with line feeds only. */
  readonly source: string;
  /** The line of the file on which `source` begins, from 1. */
  readonly line: number;
  /** Whether the fence is never closed. Then the cell reaches to the end of the file. */
  readonly unclosed: boolean;
}

/** One code cell with its number. */
export interface Cell {
  /** The N of the cell's name `$N`, from 0. */
  readonly index: number;
  /** The name from a first line `// @name …`; null without one. */
  readonly name: string | null;
  readonly part: Part;
}

/** An error in a notebook file, with its line. */
export class NotebookError extends Error {
  readonly line: number | null;

  constructor(message: string, line: number | null = null) {
    super(message);
    this.name = 'NotebookError';
    this.line = line;
  }
}

/** The longest notebook, in characters. */
export const MAX_NOTEBOOK_LENGTH = 4 * 1024 * 1024;
/** The most code cells of a notebook. */
export const MAX_CELLS = 10_000;

/** The lines before and after the code of a cell. */
export const OPENING = '```javascript';
export const CLOSING = '```';

/**
 * Reads a notebook. Line ends may be LF or CRLF, and the file may begin with a byte order mark.
 * A fence that is never closed is marked and not refused, so that the page can show the notebook.
 * @throws NotebookError when the file is too long, has too many cells, or is not text
 */
export function readNotebook(file: string): Notebook {
  if (file.length > MAX_NOTEBOOK_LENGTH) {
    throw new NotebookError(
      `The notebook has ${file.length} characters; at most ${MAX_NOTEBOOK_LENGTH} are read.`,
    );
  }
  if (file.includes('\0'))
    throw new NotebookError('The file is not text: it contains a NUL character.');
  const lines = linesOf(file);
  const head_lines = frontMatterLines(lines);
  const parts: Part[] = [];
  let cells = 0;
  let at = head_lines;
  while (at < lines.length) {
    const is_code = bare(lines[at]) === OPENING;
    const end = is_code ? endOfCell(lines, at) : endOfText(lines, at);
    const part = is_code ? codePart(lines, at, end) : textPart(lines, at, end);
    const before = parts.at(-1);
    // Blank lines belong to the cell before them and are not a text of their own.
    if (before && part.source === '' && !is_code) {
      parts[parts.length - 1] = { ...before, raw: before.raw + part.raw };
    } else parts.push(part);
    if (is_code) cells += 1;
    if (cells > MAX_CELLS) {
      throw new NotebookError(`A notebook has at most ${MAX_CELLS} code cells.`, at + 1);
    }
    at = end;
  }
  return {
    head: lines.slice(0, head_lines).join(''),
    front: readFront(lines.slice(1, Math.max(head_lines - 1, 1))),
    parts,
    line_end: lines[0]?.endsWith('\r\n') ? '\r\n' : '\n',
  };
}

/** The file of a notebook. Unchanged parts are byte for byte as they were read. */
export function writeNotebook({ head, parts }: Notebook): string {
  return head + parts.map(({ raw }) => raw).join('');
}

/** The code cells, in order. */
export function cellsOf({ parts }: Notebook): Cell[] {
  return parts
    .filter(({ kind }) => kind === 'code')
    .map((part, index) => ({ index, name: nameOf(part.source), part }));
}

/** The front matter's value for `name`; null when it has none. */
export function frontOf({ front }: Notebook, name: string): string | null {
  return front.find(([key]) => key === name)?.[1] ?? null;
}

const NAME = /^\s*\/\/\s*@name\s+(\S{1,64})\s*$/m;

function nameOf(source: string): string | null {
  return NAME.exec(source.split('\n', 1)[0] ?? '')?.[1] ?? null;
}

/** The lines of a text, each with its line end. */
export function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function bare(line: string | undefined): string {
  return (line ?? '').replace(/\r?\n$/, '');
}

/** The number of lines of the front matter, including both rules; 0 without front matter. */
function frontMatterLines(lines: readonly string[]): number {
  if (bare(lines[0]).replace(/^\uFEFF/, '') !== '---') return 0;
  const end = lines.findIndex((line, at) => at > 0 && bare(line) === '---');
  return end + 1;
}

/** Reads lines `name: value`. As in the original, a line with two possible colons is ignored. */
function readFront(lines: readonly string[]): (readonly [string, string])[] {
  return lines
    .map((line) => bare(line).split(': '))
    .filter((halves): halves is [string, string] => halves.length === 2);
}

function endOfCell(lines: readonly string[], start: number): number {
  return Math.min(lineThatIs(CLOSING, lines, start) + 1, lines.length);
}

function endOfText(lines: readonly string[], start: number): number {
  return lineThatIs(OPENING, lines, start);
}

/** The index of the first such line after `start`; the number of lines when there is none. */
function lineThatIs(fence: string, lines: readonly string[], start: number): number {
  let at = start + 1;
  while (at < lines.length && bare(lines[at]) !== fence) at += 1;
  return at;
}

function codePart(lines: readonly string[], start: number, end: number): Part {
  const last = lines[end - 1];
  const unclosed = end - 1 === start || bare(last) !== CLOSING;
  const inside = lines.slice(start + 1, unclosed ? end : end - 1).map(bare);
  return {
    kind: 'code',
    raw: lines.slice(start, end).join(''),
    source: inside.join('\n'),
    line: start + 2,
    unclosed,
  };
}

/** The lines from `start` to `end` as a text part. */
export function textPart(lines: readonly string[], start: number, end: number): Part {
  const own = lines.slice(start, end).map((line) => bare(line).replace(/^\uFEFF/, ''));
  const first = own.findIndex((line) => line.trim() !== '');
  const last = own.findLastIndex((line) => line.trim() !== '');
  return {
    kind: 'text',
    raw: lines.slice(start, end).join(''),
    source: first === -1 ? '' : own.slice(first, last + 1).join('\n'),
    line: start + 1 + Math.max(first, 0),
    unclosed: false,
  };
}
