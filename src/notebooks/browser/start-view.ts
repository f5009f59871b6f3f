import { MAX_NOTEBOOK_LENGTH } from '../notebook.ts';
import { button, make } from './elements.ts';
import { counted } from './words.ts';

/** A file that the page opens. */
export interface OpenedFile {
  readonly name: string;
  readonly text: string;
  /** Whether the notebook comes with the product or was started on this page. */
  readonly is_ours: boolean;
}

/** A notebook that comes with the product. */
interface OwnNotebook {
  readonly file: string;
  readonly title: string;
  readonly summary: string;
  readonly cells: number;
  readonly text: string;
}

const EMPTY = `---
title: My notebook
---

A few words about this notebook.

\`\`\`javascript
API.createClient('client', '/raml/2010-04-01.raml')
\`\`\`
`;

/** The three ways to begin: a notebook of the product, a file, or a new notebook. */
export function startView(
  notebooks_path: string,
  open: (file: OpenedFile) => void,
  openFile: (file: File) => void,
): HTMLElement {
  const input = make('input', { type: 'file', id: 'notebook-file', accept: '.md,text/markdown' });
  input.addEventListener('change', () => {
    const file = input.files?.[0];
    if (file) openFile(file);
    input.value = '';
  });
  const list = make('div', {}, make('p', { class: 'muted' }, 'Loading the notebooks…'));
  void showOwnNotebooks(list, notebooks_path, open);
  const begin = () => open({ name: 'notebook.md', text: EMPTY, is_ours: true });
  return make(
    'div',
    { class: 'start' },
    make('h2', {}, 'Notebooks of Tieline'),
    list,
    make('h2', {}, 'Your own'),
    make(
      'div',
      { class: 'drop panel' },
      make('label', { for: 'notebook-file' }, 'Open a notebook file'),
      input,
      make(
        'p',
        { class: 'muted' },
        'A Markdown file with cells of JavaScript, as the API Notebook writes it. You can also drop one anywhere on this page. It stays in your browser, and opens without running.',
      ),
    ),
    make('p', {}, button('Start a new notebook', 'secondary', begin)),
  );
}

async function showOwnNotebooks(
  list: HTMLElement,
  path: string,
  open: (file: OpenedFile) => void,
): Promise<void> {
  try {
    const response = await fetch(path, { credentials: 'omit' });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    const found = (await response.json()) as readonly OwnNotebook[];
    const none = make('p', { class: 'muted' }, 'This installation has no notebooks.');
    list.replaceChildren(found.length === 0 ? none : ownNotebooks(found, open));
  } catch (error) {
    const message = `The notebooks could not be read (${(error as Error).message}). Load the page again.`;
    list.replaceChildren(make('p', { class: 'bad' }, message));
  }
}

function ownNotebooks(found: readonly OwnNotebook[], open: (file: OpenedFile) => void) {
  const items = found.map(({ file, title, summary, cells, text }, at) => {
    const id = `own-notebook-${at + 1}`;
    const choose = button('Open', 'secondary', () => open({ name: file, text, is_ours: true }));
    choose.setAttribute('aria-describedby', id);
    return make(
      'li',
      {},
      make(
        'div',
        { class: 'about' },
        make('p', { class: 'name', id }, title),
        make('p', {}, summary),
        make('p', { class: 'muted' }, counted(cells, 'cell')),
      ),
      make('div', { class: 'actions' }, choose),
    );
  });
  return make('ul', { class: 'rows', 'aria-label': 'Notebooks of Tieline' }, ...items);
}

/**
 * Reads a file byte for byte, including its byte order mark.
 * @throws Error with a sentence that says why the file is not a notebook
 */
export async function readNotebookFile(file: File): Promise<OpenedFile> {
  const { name, size } = file;
  // UTF-8 takes at most three bytes for each UTF-16 unit of a string's length.
  const most = MAX_NOTEBOOK_LENGTH * 3;
  if (size > most) {
    throw new Error(`${name} is too large to open: it has ${size.toLocaleString('en')} bytes.`);
  }
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const bytes = await file.arrayBuffer();
  try {
    return { name, text: decoder.decode(bytes), is_ours: false };
  } catch {
    throw new Error(`${name} is not UTF-8 text. Save it as UTF-8 and open it again.`);
  }
}
