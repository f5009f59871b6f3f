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

/** Changes to a notebook. Each returns a new notebook whose file differs only at the change. */

/** Replaces the text or code of part `at`. The rest of the file stays the same. */
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

/** Removes part `at`. */
export function removePart(notebook: Notebook, at: number): Notebook {
  return reread(notebook, notebook.parts.toSpliced(at, 1));
}

/**
 * Swaps part `at` with the part after it. The blank lines keep their places, so a second swap
 * restores the file byte for byte.
 * @throws NotebookError when one of the parts is an unclosed cell
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
    throw new NotebookError(
      'The part cannot move there, because the file would then read differently.',
    );
  }
  return moved;
}

/**
 * Changes the title in the notebook's front matter.
 * @throws NotebookError when the front matter cannot hold the title
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

/** Reads the parts again, because an edit may have moved lines or joined texts. */
function reread(notebook: Notebook, parts: readonly Part[]): Notebook {
  const read = readNotebook(writeNotebook({ ...notebook, parts }));
  return { ...read, parts: apart(read, parts) };
}

/** Keeps two neighbouring texts apart. Only the next reading of the file joins them. */
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

/** Splits a text into several that begin at these offsets. */
function textsOf({ raw, line }: Part, begins: readonly number[]): Part[] {
  const lines = linesOf(raw);
  const base = line - textPart(lines, 0, lines.length).line;
  const starts = [...begins.map((at) => linesOf(raw.slice(0, at)).length), lines.length];
  return begins.map((_, n) => {
    const part = textPart(lines, starts[n] as number, starts[n + 1] as number);
    return { ...part, line: part.line + base };
  });
}

/** Splits a part into its content with fences, and the line ends and blank lines around it. */
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

/** New code between the fences of a part, followed by the part's blank lines. */
function fenced({ raw, unclosed }: Part, text: string, ended: string): string {
  const after = unclosed ? ended : raw.slice(raw.trimEnd().length);
  return `${OPENING}${ended}${text}${text === '' ? '' : ended}${CLOSING}${after}`;
}

/** A new text between the blank lines of the old one. */
function around(raw: string, text: string): string {
  const before = raw.slice(0, raw.length - raw.trimStart().length);
  const after = raw.trim() === '' ? '' : raw.slice(raw.trimEnd().length);
  return before + text + after;
}
