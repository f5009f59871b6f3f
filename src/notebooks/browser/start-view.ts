import { MAX_NOTEBOOK_LENGTH } from '../notebook.ts';
import { button, make } from './elements.ts';
import { counted } from './words.ts';

/** A file to be opened. */
export interface OpenedFile {
  readonly name: string;
  readonly text: string;
  /** One of the product's own, or begun here: nobody else wrote it. */
  readonly is_ours: boolean;
}

/** One of the notebooks that come with the product. */
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

What this notebook shows.

\`\`\`javascript
API.createClient('client', '/raml/2010-04-01.raml')
\`\`\`
`;

/** The three ways to begin: one of ours, a file, an empty one. */
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
  const list = make('div', {}, make('p', { class: 'muted' }, 'Looking for them…'));
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
    const none = make('p', { class: 'muted' }, 'This installation has none.');
    list.replaceChildren(found.length === 0 ? none : ownNotebooks(found, open));
  } catch (error) {
    const message = `They could not be read (${(error as Error).message}): load the page again.`;
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
 * Reads a file byte for byte, its byte order mark too.
 * @throws Error that says in a sentence why it is no notebook
 */
export async function readNotebookFile(file: File): Promise<OpenedFile> {
  const { name, size } = file;
  // A character has at most three bytes for each unit that its length counts.
  const most = MAX_NOTEBOOK_LENGTH * 3;
  if (size > most) {
    throw new Error(`${name} has ${size.toLocaleString('en')} bytes: it is too large to open.`);
  }
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const bytes = await file.arrayBuffer();
  try {
    return { name, text: decoder.decode(bytes), is_ours: false };
  } catch {
    throw new Error(`${name} is no text in UTF-8: save it as such, and open it again.`);
  }
}
