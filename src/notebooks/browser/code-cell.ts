import type { Cell, Part } from '../notebook.ts';
import { milliseconds } from '../report/report-text.ts';
import type { Outcome } from '../run/outcome.ts';
import { Editor } from './editor.ts';
import { button, make } from './elements.ts';
import { highlighted } from './highlight.ts';
import { partMenu } from './part-menu.ts';
import type { PartView, Place, Workplace } from './part-view.ts';
import { resultView } from './result-view.ts';
import type { Runnable } from './runner.ts';

/** A code cell on the page: its source, its buttons and its outcome. */
export class CodeCell implements PartView, Runnable {
  readonly element: HTMLElement;
  readonly #workplace: Workplace;
  readonly #state = make('span', { class: 'state' });
  readonly #name = make('strong', { class: 'number' });
  readonly #source = make('div', { class: 'source' });
  #part: Part;
  #place: Place;
  #outcome: Outcome | null = null;
  #shown: HTMLElement | null = null;
  #editor: Editor | null = null;
  #isThere = true;

  constructor(part: Part, place: Place, workplace: Workplace) {
    this.#part = part;
    this.#place = place;
    this.#workplace = workplace;
    this.element = make('section', { class: 'cell code' });
    this.#setState('idle', 'Not run');
    this.#setPlaceName();
    // Until the cell is near the visible area, only its bare text is on the page. The browser's
    // search finds that text, and it takes up the right height.
    this.#source.append(make('pre', { class: 'static' }, part.source));
    this.element.append(this.#source);
  }

  /** Builds the whole cell around the bare text. */
  build(): void {
    if (this.element.childElementCount > 1) return;
    const run = button('Run', 'secondary small', () => this.#workplace.run([this]));
    run.setAttribute('aria-label', `Run $${this.#index}`);
    const menu = partMenu(this, this.#workplace, [
      ['Run up to here', () => this.#workplace.runUpTo(this)],
      ['Edit', () => this.edit()],
    ]);
    const head = make('header', {}, this.#name, this.#state, run, menu.toggle);
    this.element.prepend(head, menu.buttons);
    this.#showSource();
    this.#showOutcome();
  }

  cell(): Cell | null {
    this.commit();
    const { index } = this.#place;
    return this.#isThere ? { index: index ?? 0, name: null, part: this.#part } : null;
  }

  get #index(): number {
    return this.#place.index ?? 0;
  }

  #setPlaceName(): void {
    this.#name.textContent = `$${this.#index}`;
    this.element.setAttribute('aria-label', `Cell $${this.#index}`);
    const run = this.element.querySelector('header > button');
    run?.setAttribute('aria-label', `Run $${this.#index}`);
  }

  update(part: Part, place: Place): void {
    const isChanged = part.source !== this.#part.source;
    const isMoved = place.index !== this.#place.index || place.line !== this.#place.line;
    this.#part = part;
    this.#place = place;
    if (isChanged && this.#outcome) this.setStale('Changed since it ran');
    if (!isMoved && (!isChanged || this.#editor)) return;
    this.#setPlaceName();
    this.#showWhetherMoved();
    if (this.#editor) this.#editor.place(this.#label(), place.line);
    else if (this.element.childElementCount > 1) this.#showSource();
  }

  remove(): void {
    this.#isThere = false;
    this.#editor?.destroy();
    this.element.remove();
  }

  /** Writes the editor's text into the notebook. */
  commit(): void {
    if (this.#editor && this.#isThere) this.#workplace.change(this, this.#editor.source);
  }

  edit(): void {
    this.build();
    if (!this.#editor) {
      this.#source.replaceChildren();
      this.#editor = new Editor(this.#source, {
        source: this.#part.source,
        label: this.#label(),
        first_line: this.#place.line,
        failed_line: this.#outcome?.failure?.line ?? null,
        style_nonce: this.#workplace.style_nonce,
        complete: this.#workplace.complete,
        changed: () => this.#workplace.typed(),
        left: () => this.commit(),
        run: (goesOn) => {
          this.#workplace.run([this]);
          if (goesOn) this.#workplace.focusAfter(this);
        },
      });
    }
    this.#editor.focus();
  }

  focus(): void {
    this.build();
    if (this.#editor) this.#editor.focus();
    else this.#source.querySelector('pre')?.focus();
  }

  get hasFailed(): boolean {
    return this.#outcome?.state === 'failed';
  }

  setWaiting(is_waiting: boolean): void {
    if (is_waiting) this.#setState('waiting', 'Waiting');
    else this.#showState();
  }

  setRunning(): void {
    this.#outcome = null;
    this.#showOutcome();
    this.#editor?.markLine(null);
    this.#setState('running', 'Running…');
  }

  setOutcome(outcome: Outcome): void {
    this.#outcome = outcome;
    this.#showState();
    if (this.element.childElementCount > 1) this.#showOutcome();
    const line = outcome.failure?.line ?? null;
    this.#editor?.markLine(line);
    if (!this.#editor) this.#markLine(line);
  }

  /** Marks the outcome as out of date: another run could end differently. */
  setStale(why: string): void {
    if (!this.#outcome) return;
    this.element.classList.add('stale');
    this.#state.textContent = why;
  }

  /** Shows the number under which the cell ran, if the cell has a different number now. */
  #showWhetherMoved(): void {
    if (!this.#outcome) return;
    const { cell } = this.#outcome;
    if (cell !== this.#index) this.setStale(`Ran as $${cell}`);
    else if (this.#state.textContent === `Ran as $${cell}`) this.#showState();
  }

  forgetOutcome(): void {
    this.#outcome = null;
    this.#showOutcome();
    this.#editor?.markLine(null);
    if (!this.#editor) this.#markLine(null);
    this.#showState();
  }

  #label(): string {
    return `Code of $${this.#index}`;
  }

  #showState(): void {
    if (!this.#outcome) {
      this.#setState('idle', 'Not run');
      return;
    }
    const { state, duration_ms } = this.#outcome;
    const words = { ok: 'Ran in', failed: 'Failed after', stopped: 'Stopped after' }[state];
    this.#setState(state, `${words} ${milliseconds(duration_ms)}`);
  }

  #setState(state: string, words: string): void {
    this.element.dataset['state'] = state;
    this.element.classList.remove('stale');
    this.#state.textContent = words;
  }

  #showOutcome(): void {
    this.#shown?.remove();
    this.#shown = this.#outcome && resultView(this.#outcome);
    if (this.#shown) this.element.append(this.#shown);
  }

  #showSource(): void {
    const lines = highlighted(this.#part.source);
    const numbers = lines.map((_, at) => this.#place.line + at).join('\n');
    const label = `${this.#label()}. Enter edits it`;
    const code = make('pre', {
      class: 'static',
      tabindex: '0',
      role: 'group',
      'aria-label': label,
    });
    code.append(
      make('code', {}, ...lines.flatMap((line, at) => (at === 0 ? [line] : ['\n', line]))),
    );
    const gutter = make('span', { class: 'gutter', 'aria-hidden': 'true' }, numbers);
    code.addEventListener('click', () => {
      if (document.getSelection()?.isCollapsed !== false) this.edit();
    });
    code.addEventListener('keydown', (event) => this.#pressed(event));
    this.#source.replaceChildren(gutter, code);
    this.#markLine(this.#outcome?.failure?.line ?? null);
  }

  #pressed(event: KeyboardEvent): void {
    if (event.key !== 'Enter') return;
    event.preventDefault();
    if (event.ctrlKey || event.metaKey || event.shiftKey) {
      this.#workplace.run([this]);
      if (event.shiftKey) this.#workplace.focusAfter(this);
    } else this.edit();
  }

  #markLine(line: number | null): void {
    const lines = this.#source.querySelectorAll('.line');
    for (const [at, one] of lines.entries()) one.classList.toggle('failed', at + 1 === line);
  }
}
