import { ask } from './dialogs.ts';
import { make } from './elements.ts';
import { type PageConfig, readPageConfig } from './page-config.ts';
import { type OpenedFile, readNotebookFile, startView } from './start-view.ts';
import { Workbench } from './workbench.ts';

/** The notebook page. It first offers the ways to begin, and then shows the opened notebook. */
class NotebookPage {
  readonly #root: HTMLElement;
  readonly #config: PageConfig;
  readonly #problem = make('p', { class: 'notice bad', role: 'alert', hidden: true });
  #workbench: Workbench | null = null;

  constructor(root: HTMLElement, config: PageConfig) {
    this.#root = root;
    this.#config = config;
    addEventListener('beforeunload', (event) => {
      if (this.#workbench?.isEdited) event.preventDefault();
    });
    this.#takeDroppedFiles();
    this.#showStart();
  }

  /** Opens a dropped file. Without this an editor would insert the file's text. */
  #takeDroppedFiles(): void {
    const { classList } = this.#root;
    const hear = (type: 'dragover' | 'dragleave' | 'drop', heard: (event: DragEvent) => void) => {
      const listener = (event: DragEvent) => {
        if (!event.dataTransfer?.types.includes('Files')) return;
        event.preventDefault();
        event.stopPropagation();
        heard(event);
      };
      addEventListener(type, listener, { capture: true });
    };
    hear('dragover', () => classList.add('dropping'));
    hear('dragleave', () => classList.remove('dropping'));
    hear('drop', ({ dataTransfer }) => {
      classList.remove('dropping');
      const file = dataTransfer?.files[0];
      if (file) void this.#openFile(file);
    });
  }

  #showStart(): void {
    const { notebooks_path } = this.#config;
    const open = (file: OpenedFile) => this.#open(file);
    const start = startView(notebooks_path, open, (file) => void this.#openFile(file));
    this.#problem.hidden = true;
    this.#root.replaceChildren(this.#problem, start);
  }

  async #openFile(file: File): Promise<void> {
    try {
      const read = await readNotebookFile(file);
      if (await this.#mayLeave()) this.#open(read);
    } catch (error) {
      this.#complain(error as Error);
    }
  }

  #open(file: OpenedFile): void {
    try {
      const next = new Workbench(file, this.#config, () => void this.#close());
      this.#workbench?.close();
      this.#workbench = next;
      this.#problem.hidden = true;
      this.#root.replaceChildren(this.#problem, next.element);
      next.focus();
    } catch (error) {
      this.#complain(error as Error);
    }
  }

  async #close(): Promise<void> {
    if (!(await this.#mayLeave())) return;
    this.#workbench?.close();
    this.#workbench = null;
    this.#showStart();
    this.#root.querySelector('button')?.focus();
  }

  async #mayLeave(): Promise<boolean> {
    if (!this.#workbench?.isEdited) return true;
    const message = 'The notebook was edited and not downloaded. Its changes will be lost.';
    const spec = { title: 'Leave this notebook?', message, accept: 'Leave it', cancel: 'Stay' };
    return (await ask(spec, new AbortController().signal)) !== null;
  }

  #complain({ message }: Error): void {
    this.#problem.textContent = message;
    this.#problem.hidden = false;
    this.#problem.scrollIntoView({ block: 'nearest' });
  }
}

/** The reason why notebooks cannot run in this browser at this address; null when they can. */
function whatIsMissing(): string | null {
  if (!crossOriginIsolated) {
    return 'Notebooks cannot run at this address: they need shared memory, which browsers allow only over https or at localhost. Open this page over https or at localhost.';
  }
  // WebKit on Linux isolates a page, but still shares no memory.
  if (typeof SharedArrayBuffer !== 'function' || !('grow' in SharedArrayBuffer.prototype)) {
    return 'Notebooks cannot run in this browser: it has no growing memory that a page shares with its workers. Open this page in a current Firefox, Chromium or Safari.';
  }
  return null;
}

const root = document.getElementById('notebook');
const missing = whatIsMissing();
if (root && missing === null) new NotebookPage(root, readPageConfig(root));
else root?.replaceChildren(make('p', { class: 'notice bad', role: 'alert' }, missing));
