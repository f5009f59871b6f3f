/**
 * A notebook: text and cells of JavaScript in one Markdown file, in the format of the API
 * Notebook. The format is one of lines: a cell is what stands between a line "```javascript" and
 * a line "```", exactly; every other fence belongs to the text.
 */
export interface Notebook {
  /** The front matter as it stands in the file; empty without one. */
  readonly head: string;
  /** What the front matter says, in its order; values as they are written. */
  readonly front: readonly (readonly [name: string, value: string])[];
  /** Text and cells in their order; `head` and their `raw` are the whole file. */
  readonly parts: readonly Part[];
  /** How the lines of the file end, for what is added to it. */
  readonly line_end: '\n' | '\r\n';
}

/** A piece of text, or a cell of code. */
export interface Part {
  readonly kind: 'text' | 'code';
  /** The part as it stands in the file, with fences and blank lines around it. */
  readonly raw: string;
  /** What it says, between fences and blank lines, with line feeds only. */
  readonly source: string;
  /** The line of the file that `source` begins on; the first is 1. */
  readonly line: number;
  /** For a fence that nothing closes: what is left of the file stands behind it. */
  readonly unclosed: boolean;
}

/** One cell of code, by its place among the cells of code. */
export interface Cell {
  /** 0 for the first; the N of `$N`. */
  readonly index: number;
  /** What a first line `// @name …` calls it; null without one. */
  readonly name: string | null;
  readonly part: Part;
}

/** What cannot be read as a notebook, and the line where it goes wrong. */
export class NotebookError extends Error {
  readonly line: number | null;

  constructor(message: string, line: number | null = null) {
    super(message);
    this.name = 'NotebookError';
    this.line = line;
  }
}

/** How long a notebook may be, in characters. */
export const MAX_NOTEBOOK_LENGTH = 4 * 1024 * 1024;
/** How many cells of code a notebook may have. */
export const MAX_CELLS = 10_000;

/** The lines that a cell of code stands between. */
export const OPENING = '```javascript';
export const CLOSING = '```';

/**
 * Reads a notebook. Line ends may be LF or CRLF, and a byte order mark may stand before it.
 * A fence that is never closed is not refused but marked, so that it can be shown.
 * @throws NotebookError where the file is too long, has too many cells, or is no text.
 */
export function readNotebook(file: string): Notebook {
  if (file.length > MAX_NOTEBOOK_LENGTH) {
    throw new NotebookError(
      `The notebook has ${file.length} characters; at most ${MAX_NOTEBOOK_LENGTH} are read.`,
    );
  }
  if (file.includes('\0')) throw new NotebookError('The file is no text: it holds a NUL.');
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
    // Blank lines are no text; they belong to the cell that they follow.
    if (before && part.source === '' && !is_code) {
      parts[parts.length - 1] = { ...before, raw: before.raw + part.raw };
    } else parts.push(part);
    if (is_code) cells += 1;
    if (cells > MAX_CELLS) {
      throw new NotebookError(`A notebook has at most ${MAX_CELLS} cells of code.`, at + 1);
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

/** The file that a notebook is: byte for byte what was read, where nothing was changed. */
export function writeNotebook({ head, parts }: Notebook): string {
  return head + parts.map(({ raw }) => raw).join('');
}

/** The cells of code, in their order. */
export function cellsOf({ parts }: Notebook): Cell[] {
  return parts
    .filter(({ kind }) => kind === 'code')
    .map((part, index) => ({ index, name: nameOf(part.source), part }));
}

/** What the front matter says of `name`; null where it does not. */
export function frontOf({ front }: Notebook, name: string): string | null {
  return front.find(([key]) => key === name)?.[1] ?? null;
}

const NAME = /^\s*\/\/\s*@name\s+(\S{1,64})\s*$/m;

function nameOf(source: string): string | null {
  return NAME.exec(source.split('\n', 1)[0] ?? '')?.[1] ?? null;
}

/** The lines of a text, each with its end. */
export function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function bare(line: string | undefined): string {
  return (line ?? '').replace(/\r?\n$/, '');
}

/** How many lines the front matter has, both rules among them; 0 where there is none. */
function frontMatterLines(lines: readonly string[]): number {
  if (bare(lines[0]).replace(/^\uFEFF/, '') !== '---') return 0;
  const end = lines.findIndex((line, at) => at > 0 && bare(line) === '---');
  return end + 1;
}

/** `name: value`; a line with two colons that could part it says nothing, as in the original. */
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

/** The first such line behind `start`; where there is none, as many as there are lines. */
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

/** The lines from `start` to `end` as a piece of text. */
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
