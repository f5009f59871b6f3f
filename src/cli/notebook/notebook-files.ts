import { hash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { ConfigError } from '../../config.ts';
import {
  type Cell,
  cellsOf,
  frontOf,
  MAX_NOTEBOOK_LENGTH,
  type Notebook,
  NotebookError,
  readNotebook,
} from '../../notebooks/notebook.ts';
import { chosenCells, type Selection } from './notebook-selection.ts';

/** The most bytes of a notebook file: a character has 4 bytes at most. */
const MAX_BYTES = MAX_NOTEBOOK_LENGTH * 4;

/** A notebook, and the cells of it that will run. */
export interface LoadedNotebook {
  readonly file: string;
  readonly notebook: Notebook;
  readonly title: string | null;
  readonly sha256: string;
  readonly chosen: readonly Cell[];
}

/**
 * Reads a whole notebook before any cell runs.
 * @throws ConfigError when the file or a chosen cell does not exist; NotebookError, which names the
 *   file, when it is not a notebook, has no cells, or has a cell that is never closed
 */
export function loadNotebook(file: string, selection: Selection): LoadedNotebook {
  const bytes = readBytes(file);
  const notebook = parse(file, bytes);
  const cells = cellsOf(notebook);
  if (cells.length === 0) {
    throw new NotebookError(
      `${file} has no cells: a cell is what stands between a line \`\`\`javascript and a line \`\`\`.`,
    );
  }
  const open = cells.find(({ part }) => part.unclosed);
  if (open) {
    const line = open.part.line - 1;
    throw new NotebookError(
      `${file}:${line}: The cell that begins here is never closed; add a line of \`\`\` where its code ends.`,
      line,
    );
  }
  return {
    file,
    notebook,
    title: frontOf(notebook, 'title'),
    sha256: hash('sha256', bytes),
    chosen: chosenCells(file, cells, selection),
  };
}

/** The first line of a cell with text, without the line of its name. */
export function firstLineOf({ name, part }: Cell): string {
  const lines = part.source.split('\n').slice(name === null ? 0 : 1);
  return lines.find((line) => line.trim() !== '')?.trim() ?? '';
}

function readBytes(file: string): Buffer {
  try {
    const { size } = statSync(file);
    if (size > MAX_BYTES) {
      throw new NotebookError(`${file} has ${size} bytes; a notebook has at most ${MAX_BYTES}.`);
    }
    return readFileSync(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new ConfigError(`There is no file ${file}; name a notebook, such as guide.md.`);
    }
    if (code === 'EISDIR') {
      throw new ConfigError(`${file} is a folder; name the notebooks in it, such as ${file}/*.md.`);
    }
    throw new ConfigError(`${file} cannot be read (${code}).`);
  }
}

function parse(file: string, bytes: Buffer): Notebook {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new NotebookError(`${file} is no notebook: it holds no text in UTF-8.`);
  }
  try {
    return readNotebook(text);
  } catch (error) {
    if (!(error instanceof NotebookError)) throw error;
    const { line } = error;
    const place = line === null ? file : `${file}:${line}`;
    throw new NotebookError(`${place}: ${error.message}`, line);
  }
}
