import { button, make } from './elements.ts';
import type { Progress } from './runner.ts';
import { counted } from './words.ts';

export interface ToolbarDeeds {
  readonly runAll: () => void;
  readonly stop: () => void;
  readonly restart: () => void;
  readonly download: () => void;
  readonly close: () => void;
  readonly rename: () => void;
  readonly forget: () => void;
  readonly showFailed: () => void;
}

/** The buttons for the whole notebook, the progress of a run, and the credentials in use. */
export class Toolbar {
  /** The bar that stays visible while the page scrolls. */
  readonly element: HTMLElement;
  /** The row with the file's name and the user name of the credentials. */
  readonly about: HTMLElement;
  readonly #runAll: HTMLButtonElement;
  readonly #stop: HTMLButtonElement;
  readonly #file = make('span', { class: 'file' });
  readonly #credentials = make('span', { class: 'credentials', hidden: true });
  readonly #username = make('code', { class: 'sid' });
  readonly #progress = make('p', { class: 'progress' });
  /** Screen readers read this line out when it changes, and not the progress of a run. */
  readonly #told = make('p', { class: 'told', role: 'status' });
  /** The button that scrolls to the first failed cell. */
  readonly #failed: HTMLButtonElement;

  constructor(deeds: ToolbarDeeds) {
    this.#runAll = button('Run all', 'primary', deeds.runAll);
    this.#stop = button('Stop', 'secondary', deeds.stop);
    this.#stop.disabled = true;
    const forget = button('Forget', 'secondary small', deeds.forget);
    this.#credentials.append('Calls as ', this.#username, ' ', forget);
    this.about = make(
      'div',
      { class: 'about' },
      make(
        'span',
        {},
        this.#file,
        button('Open another', 'secondary small', deeds.close),
        button('Change the title', 'secondary small', deeds.rename),
      ),
      this.#credentials,
    );
    this.#failed = button('Show the first', 'secondary small', deeds.showFailed);
    this.#failed.hidden = true;
    this.element = make(
      'div',
      { class: 'toolbar', role: 'region', 'aria-label': 'The notebook' },
      make(
        'div',
        { class: 'deeds' },
        this.#runAll,
        this.#stop,
        button('Restart', 'secondary', deeds.restart),
        button('Download', 'secondary', deeds.download),
      ),
      this.#progress,
      make('div', { class: 'ended' }, this.#told, this.#failed),
    );
  }

  showFile(name: string, is_edited: boolean): void {
    this.#file.textContent = is_edited ? `${name}, edited and not downloaded` : name;
  }

  showCredentials(username: string | null): void {
    this.#username.textContent = username;
    this.#credentials.hidden = username === null;
  }

  showProgress({ is_running, index, done, failed, left, ended }: Progress): void {
    this.#runAll.disabled = is_running;
    this.#stop.disabled = !is_running;
    this.#stop.className = is_running ? 'danger' : 'secondary';
    const where = index === null ? 'Running' : `Running $${index}`;
    this.#progress.textContent = is_running ? `${where}, ${left} to go` : '';
    if (is_running) {
      this.tell('');
      return;
    }
    if (done === 0 && ended === null) return;
    const gone = ended === null ? '' : ` ${ended} The values of the cells are gone.`;
    this.tell(`${howItWent(done, failed)}${gone}`.trim(), { is_bad: failed > 0 || ended !== null });
    this.#failed.hidden = failed === 0;
  }

  tell(message: string, { is_bad } = { is_bad: false }): void {
    this.#told.textContent = message;
    this.#failed.hidden = true;
    this.#told.classList.toggle('bad', is_bad);
  }
}

function howItWent(done: number, failed: number): string {
  if (done === 0) return '';
  if (done === 1) return failed === 0 ? '1 cell ran.' : '1 cell ran, and failed.';
  return `${counted(done, 'cell')} ran, ${failed === 0 ? 'none' : failed} failed.`;
}
