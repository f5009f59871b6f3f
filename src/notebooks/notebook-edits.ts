import {
  CLOSING,
  linesOf,
  type Notebook,
  NotebookError,
  OPENING,
  type Part,
  readNotebook,
  textPart,
  writeNotebook,
} from './notebook.ts';

/** Changes to a notebook. Each gives another one, whose file differs only where it was changed. */

/** Puts other words, or other code, in the place of part `at`. Everything else stays as it is. */
export function changePart(notebook: Notebook, at: number, source: string): Notebook {
  const part = notebook.parts[at];
  if (!part || part.source === source) return notebook;
  const ended = notebook.line_end;
  const text = source.replaceAll(/\r?\n/g, ended);
  const raw = part.kind === 'code' ? fenced(part, text, ended) : around(part.raw, text);
  return reread(notebook, notebook.parts.with(at, { ...part, raw }));
}

/** Adds a part before part `at`, with a blank line on both sides. */
export function insertPart(
  notebook: Notebook,
  at: number,
  kind: Part['kind'],
  source: string,
): Notebook {
  const ended = notebook.line_end;
  const text = source.replaceAll(/\r?\n/g, ended);
  const inside = kind === 'code' ? `${OPENING}${ended}${text}${ended}${CLOSING}` : text;
  const before = writeNotebook({ ...notebook, parts: notebook.parts.slice(0, at) });
  const gap = before === '' || before.endsWith('\n') ? '' : ended;
  const raw = `${gap}${before === '' ? '' : ended}${inside}${ended}${ended}`;
  const part = { kind, raw, source, line: 0, unclosed: false };
  return reread(notebook, notebook.parts.toSpliced(at, 0, part));
}

/** Takes part `at` away. */
export function removePart(notebook: Notebook, at: number): Notebook {
  return reread(notebook, notebook.parts.toSpliced(at, 1));
}

/**
 * Lets part `at` and the one behind it change places. The blank lines stay where they are, so that
 * doing it again gives the same file byte for byte.
 * @throws NotebookError where one of them is a cell without an end
 */
export function swapParts(notebook: Notebook, at: number): Notebook {
  const [first, second] = notebook.parts.slice(at, at + 2);
  if (!first || !second) return notebook;
  if (first.unclosed || second.unclosed) {
    throw new NotebookError(
      'A cell without an end cannot be moved: edit it first, which closes its fence.',
    );
  }
  const [one, other] = [cut(first.raw), cut(second.raw)];
  const raw = one.before + other.body + one.after + other.before;
  const swapped = [
    { ...second, raw },
    { ...first, raw: one.body + other.after },
  ];
  const moved = reread(notebook, notebook.parts.toSpliced(at, 2, ...swapped));
  const kinds = moved.parts.slice(at, at + 2).map(({ kind }) => kind);
  const isSame = moved.parts.length === notebook.parts.length && moved.head === notebook.head;
  if (!isSame || kinds[0] !== second.kind || kinds[1] !== first.kind) {
    throw new NotebookError('It cannot be moved there: the file would be read as something else.');
  }
  return moved;
}

/**
 * Gives the notebook another title, in its front matter.
 * @throws NotebookError for what the front matter cannot hold
 */
export function renameNotebook(notebook: Notebook, title: string): Notebook {
  if (title.trim() === '' || /\r|\n|: /.test(title)) {
    throw new NotebookError(
      'A title is one line of at least one letter, without a colon and a space behind it.',
    );
  }
  const ended = notebook.line_end;
  const line = `title: ${title}${ended}`;
  const file = writeNotebook(notebook);
  const { head } = notebook;
  if (head === '') {
    const [, mark = '', rest = ''] = /^(\uFEFF?)([^]*)$/.exec(file) ?? [];
    return readNotebook(`${mark}---${ended}${line}---${ended}${ended}${rest}`);
  }
  const lines = linesOf(head);
  const found = lines.findIndex((one) => one.startsWith('title: ') && one.split(': ').length === 2);
  const changed = found === -1 ? lines.toSpliced(-1, 0, line) : lines.with(found, line);
  return reread({ ...notebook, head: changed.join('') }, notebook.parts);
}

/** Lines, and what belongs together, are found anew: an edit may have moved them. */
function reread(notebook: Notebook, parts: readonly Part[]): Notebook {
  const read = readNotebook(writeNotebook({ ...notebook, parts }));
  return { ...read, parts: apart(read, parts) };
}

/** Texts that have come to stand beside each other stay two, until the file is read again. */
function apart({ head, parts: read }: Notebook, parts: readonly Part[]): Part[] {
  const begins: number[] = [];
  let at = head.length;
  for (const { kind, raw, source } of parts) {
    if (kind === 'text' && source !== '') begins.push(at);
    at += raw.length;
  }
  at = head.length;
  let next = 0;
  return read.flatMap((part) => {
    const start = at;
    at += part.raw.length;
    const cuts = [0];
    for (; next < begins.length && (begins[next] as number) < at; next += 1) {
      const begin = (begins[next] as number) - start;
      const isInside = part.kind === 'text' && part.raw.slice(0, begin).trim() !== '';
      if (isInside) cuts.push(begin);
    }
    return cuts.length === 1 ? [part] : textsOf(part, cuts);
  });
}

/** A text as several, which begin at these places of it. */
function textsOf({ raw, line }: Part, begins: readonly number[]): Part[] {
  const lines = linesOf(raw);
  const base = line - textPart(lines, 0, lines.length).line;
  const starts = [...begins.map((at) => linesOf(raw.slice(0, at)).length), lines.length];
  return begins.map((_, n) => {
    const part = textPart(lines, starts[n] as number, starts[n + 1] as number);
    return { ...part, line: part.line + base };
  });
}

/** What a part says, with its fences, and what stands before and behind it: line ends, blank lines. */
function cut(raw: string): {
  readonly before: string;
  readonly body: string;
  readonly after: string;
} {
  const blank = raw.slice(0, raw.length - raw.trimStart().length);
  const mark = blank.startsWith('\uFEFF') ? 1 : 0;
  const begin = Math.max(blank.lastIndexOf('\n') + 1, mark);
  const { length } = raw.trimEnd();
  const end = length + raw.slice(length).search(/\r?\n|$/);
  return { before: raw.slice(0, begin), body: raw.slice(begin, end), after: raw.slice(end) };
}

/** The code between its fences, and behind them the blank lines that were there. */
function fenced({ raw, unclosed }: Part, text: string, ended: string): string {
  const after = unclosed ? ended : raw.slice(raw.trimEnd().length);
  return `${OPENING}${ended}${text}${text === '' ? '' : ended}${CLOSING}${after}`;
}

/** The text between the blank lines that stay around it. */
function around(raw: string, text: string): string {
  const before = raw.slice(0, raw.length - raw.trimStart().length);
  const after = raw.trim() === '' ? '' : raw.slice(raw.trimEnd().length);
  return before + text + after;
}
