import { saysThatItWrites, surveyOf } from '../describe/survey.ts';
import {
  cellsOf,
  frontOf,
  type Notebook,
  type Part,
  readNotebook,
  writeNotebook,
} from '../notebook.ts';
import {
  changePart,
  insertPart,
  removePart,
  renameNotebook,
  swapParts,
} from '../notebook-edits.ts';
import { ApiReader } from './api-reader.ts';
import { BrowserHost } from './browser-host.ts';
import { completionOf } from './completion.ts';
import { ask } from './dialogs.ts';
import { button, make } from './elements.ts';
import type { PageConfig } from './page-config.ts';
import { PartList } from './part-list.ts';
import type { PartView, Workplace } from './part-view.ts';
import { Runner } from './runner.ts';
import type { OpenedFile } from './start-view.ts';
import { surveyView } from './survey-view.ts';
import { Toolbar } from './toolbar.ts';

const KEYS =
  'In a cell, Ctrl+Enter runs it, and Shift+Enter runs it and goes on to the next. Tab leaves the cell; after Ctrl+M (on a Mac Alt+Shift+M) it indents.';

/** One open notebook: its text, its elements on the page, and its runs. */
export class Workbench {
  readonly element: HTMLElement;
  readonly #file: OpenedFile;
  readonly #host: BrowserHost;
  readonly #runner: Runner;
  readonly #parts: PartList;
  readonly #toolbar: Toolbar;
  readonly #title = make('h2', { class: 'title', tabindex: '-1' });
  readonly #survey = make('div', { class: 'survey' });
  readonly #empty: HTMLElement;
  #saved: string;
  #notebook: Notebook;
  #isTyped = false;
  #mayWrite: boolean;

  /** @throws NotebookError when the file is not a notebook */
  constructor(file: OpenedFile, config: PageConfig, close: () => void) {
    this.#notebook = readNotebook(file.text);
    this.#file = file;
    this.#saved = file.text;
    this.#mayWrite = file.is_ours;
    this.#host = new BrowserHost(config, {
      mayWrite: () => this.#askToWrite(),
      stop: () => this.#runner.stop(),
      credentialsChanged: (username) => this.#toolbar.showCredentials(username),
    });
    this.#runner = new Runner(this.#host, {
      mayRun: async ({ part }) => !saysThatItWrites(part.source) || this.#askToWrite(),
      progressed: (progress) => this.#toolbar.showProgress(progress),
      sandboxEnded: () => this.#markStale(),
    });
    const apis = new ApiReader(this.#host, config.worker_path);
    this.#parts = new PartList(this.#workplace(config, apis));
    this.#toolbar = new Toolbar({
      runAll: () => this.#runAll(),
      stop: () => this.#runner.stop(),
      restart: () => this.#restart(),
      download: () => this.#download(),
      close,
      rename: () => void this.#rename(),
      forget: () => this.#forgetCredentials(),
      showFailed: () => this.#showFailed(),
    });
    this.#empty = this.#emptyState();
    this.element = make(
      'div',
      { class: 'workbench' },
      this.#title,
      this.#survey,
      this.#toolbar.about,
      this.#toolbar.element,
      this.#empty,
      this.#parts.element,
      make('p', { class: 'muted keys' }, KEYS),
    );
    this.#show(this.#notebook);
  }

  /** Whether the notebook has changes that were not downloaded. */
  get isEdited(): boolean {
    return this.#isTyped || writeNotebook(this.#notebook) !== this.#saved;
  }

  focus(): void {
    this.#title.focus();
  }

  /** Ends a run. The page calls this before it replaces the notebook. */
  close(): void {
    this.#runner.restart();
  }

  #workplace({ style_nonce }: PageConfig, apis: ApiReader): Workplace {
    const code = () => cellsOf(this.#notebook).map(({ part }) => part.source);
    return {
      style_nonce,
      complete: completionOf({ sources: code, readApi: (address) => apis.read(address) }),
      run: (cells) => this.#runner.run(cells),
      runUpTo: (last) => {
        const end = this.#parts.indexOf(last);
        this.#runner.run(this.#parts.cells.filter((cell) => this.#parts.indexOf(cell) <= end));
      },
      focusAfter: (view) => {
        const { cells } = this.#parts;
        cells[cells.findIndex((cell) => cell === view) + 1]?.focus();
      },
      typed: () => {
        this.#isTyped = true;
        this.#showName();
      },
      change: (view, source) => this.#edit(view, (at) => changePart(this.#notebook, at, source)),
      insert: (beside, where, kind) => this.#insert(beside, where, kind),
      move: (view, where) => this.#move(view, where),
      remove: (view) => this.#edit(view, (at) => removePart(this.#notebook, at)),
    };
  }

  #runAll(): void {
    const { cells } = this.#parts;
    if (cells.length > 0) this.#runner.run(cells);
    else this.#toolbar.tell('The notebook has no code cell to run. Add one.', { is_bad: true });
  }

  #showFailed(): void {
    const cell = this.#parts.cells.find(({ hasFailed }) => hasFailed);
    cell?.focus();
    cell?.element.scrollIntoView({ block: 'start' });
  }

  #edit(view: PartView, change: (at: number) => Notebook): void {
    const at = this.#parts.indexOf(view);
    if (at !== -1) this.#tryToShow(() => change(at), at);
  }

  #insert(beside: PartView, where: 'above' | 'below', kind: Part['kind']): void {
    this.#parts.commit();
    const at = this.#parts.indexOf(beside) + (where === 'below' ? 1 : 0);
    this.#insertAt(at, kind);
  }

  #move(view: PartView, where: 'up' | 'down'): void {
    this.#parts.commit();
    const at = this.#parts.indexOf(view);
    const first = where === 'up' ? at - 1 : at;
    const beside = this.#notebook.parts[where === 'up' ? at - 1 : at + 1];
    if (!beside || (beside.source === '' && beside.kind === 'text')) {
      this.#toolbar.tell(`This part is already the ${where === 'up' ? 'first' : 'last'}.`);
      return;
    }
    this.#try(() => {
      this.#notebook = swapParts(this.#notebook, first);
      this.#parts.swap(this.#notebook, first);
      this.#showAbout();
      this.#toolbar.tell(`The part moved ${where}.`);
    });
  }

  async #rename(): Promise<void> {
    this.#parts.commit();
    const value = frontOf(this.#notebook, 'title') ?? '';
    const fields = [{ name: 'title', label: 'Title', value, type: 'text' }] as const;
    const message = 'The title is in the front matter, at the top of the file.';
    const spec = { title: 'The title', message, fields, accept: 'Change it', cancel: 'Cancel' };
    const entered = await ask(spec, new AbortController().signal);
    if (entered)
      this.#try(() => this.#show(renameNotebook(this.#notebook, entered['title'] ?? '')));
  }

  #insertAt(at: number, kind: Part['kind']): void {
    const source = kind === 'text' ? 'New text' : '';
    this.#tryToShow(() => insertPart(this.#notebook, at, kind, source), at);
    // New text joins a text part beside it, so the part to edit may be a neighbour.
    const near = [at, at - 1, at + 1].map((place) => this.#parts.viewAt(place));
    const found = near.find((view, n) => view && this.#kindAt([at, at - 1, at + 1][n]) === kind);
    found?.edit();
  }

  #kindAt(at: number | undefined): Part['kind'] | undefined {
    return at === undefined ? undefined : this.#notebook.parts[at]?.kind;
  }

  /** Rejects an edit that would make the file an invalid notebook, and says why. */
  #tryToShow(change: () => Notebook, at: number): void {
    this.#try(() => this.#show(change(), at));
  }

  #try(deed: () => void): void {
    try {
      deed();
    } catch (error) {
      this.#toolbar.tell((error as Error).message, { is_bad: true });
    }
  }

  #show(notebook: Notebook, at = 0): void {
    this.#notebook = notebook;
    this.#isTyped = false;
    this.#parts.show(notebook, at);
    this.#showAbout();
  }

  #showAbout(): void {
    const notebook = this.#notebook;
    this.#title.textContent = frontOf(notebook, 'title') ?? this.#file.name;
    this.#empty.hidden = notebook.parts.some(
      ({ source, kind }) => source !== '' || kind === 'code',
    );
    this.#survey.replaceChildren(surveyView(surveyOf(notebook), this.#file.is_ours));
    this.#showName();
  }

  #showName(): void {
    this.#toolbar.showFile(this.#file.name, this.isEdited);
  }

  #restart(): void {
    this.#runner.restart();
    for (const cell of this.#parts.cells) cell.forgetOutcome();
    this.#toolbar.tell('The next cell that you run begins in a fresh sandbox.');
  }

  #forgetCredentials(): void {
    this.#host.forgetCredentials();
    this.#runner.restart();
    this.#toolbar.tell('The credentials are forgotten. The sandbox has ended.');
  }

  #markStale(): void {
    for (const cell of this.#parts.cells) cell.setStale('Ran in a sandbox that has ended');
  }

  async #askToWrite(): Promise<boolean> {
    if (this.#mayWrite) return true;
    const message = `${this.#file.name} comes from a file. Its next cell sends requests that create, change or delete things at ${location.origin} with the credentials that you enter. Allow this only if you know the notebook.`;
    const title = 'This notebook changes things';
    const spec = { title, message, accept: 'Allow', cancel: 'No', is_grave: true };
    this.#mayWrite = (await ask(spec, new AbortController().signal)) !== null;
    return this.#mayWrite;
  }

  #download(): void {
    this.#parts.commit();
    const text = writeNotebook(this.#notebook);
    const href = URL.createObjectURL(new Blob([text], { type: 'text/markdown' }));
    make('a', { href, download: this.#file.name }).click();
    // The browser reads the object after the click, so its URL must stay valid for a while.
    setTimeout(() => URL.revokeObjectURL(href), 10_000);
    this.#saved = text;
    this.#showName();
  }

  #emptyState(): HTMLElement {
    return make(
      'section',
      { class: 'empty', 'aria-label': 'An empty notebook' },
      make('p', {}, 'This notebook is empty.'),
      make(
        'div',
        { class: 'buttons' },
        button('Add code', 'secondary', () => this.#insertAt(0, 'code')),
        button('Add text', 'secondary', () => this.#insertAt(0, 'text')),
      ),
    );
  }
}
