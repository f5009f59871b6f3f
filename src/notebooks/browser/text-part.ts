import type { Part } from '../notebook.ts';
import { button, make } from './elements.ts';
import { rendered } from './markdown.ts';
import { partMenu } from './part-menu.ts';
import type { PartView, Place, Workplace } from './part-view.ts';

/** A text part. It is shown as rendered Markdown and edited as the text of the file. */
export class TextPart implements PartView {
  readonly element = make('section', { class: 'cell prose', 'aria-label': 'Text' });
  readonly #workplace: Workplace;
  readonly #body = make('div', { class: 'body' });
  #part: Part;
  #isBuilt = false;
  #area: HTMLTextAreaElement | null = null;

  constructor(part: Part, _place: Place, workplace: Workplace) {
    this.#part = part;
    this.#workplace = workplace;
    this.#body.append(make('p', { class: 'lines' }, part.source));
    this.element.append(this.#body);
    // Blank lines at the end of the file are also a part. Such a part is hidden.
    this.element.hidden = part.source === '';
  }

  build(): void {
    if (this.#isBuilt) return;
    this.#isBuilt = true;
    const menu = partMenu(this, this.#workplace, []);
    const edit = button('Edit', 'secondary small', () => this.edit());
    edit.setAttribute('aria-label', 'Edit this text');
    this.element.prepend(make('header', {}, edit, menu.toggle), menu.buttons);
    this.#show();
  }

  update(part: Part): void {
    const isChanged = part.source !== this.#part.source;
    this.#part = part;
    this.element.hidden = part.source === '' && !this.#area;
    if (isChanged && this.#isBuilt && !this.#area) this.#show();
  }

  commit(): void {
    if (this.#area) this.#workplace.change(this, this.#area.value);
  }

  edit(): void {
    this.build();
    this.element.hidden = false;
    if (!this.#area) {
      const rows = String(Math.min(this.#part.source.split('\n').length + 1, 30));
      this.#area = make('textarea', { 'aria-label': 'Text, in Markdown', rows });
      this.#area.value = this.#part.source;
      this.#area.addEventListener('input', () => this.#workplace.typed());
      this.#area.addEventListener('keydown', (event) => {
        const isDone = event.key === 'Escape' || (event.key === 'Enter' && event.ctrlKey);
        if (!isDone) return;
        event.preventDefault();
        this.#done();
      });
      const done = button('Done', 'secondary small', () => this.#done());
      this.#body.replaceChildren(this.#area, done);
    }
    this.#area.focus();
  }

  focus(): void {
    this.build();
    (this.#area ?? this.element.querySelector('button'))?.focus();
  }

  remove(): void {
    this.#area = null;
    this.element.remove();
  }

  #done(): void {
    this.commit();
    this.#area = null;
    this.#show();
    this.element.hidden = this.#part.source === '';
    this.focus();
  }

  #show(): void {
    this.#body.replaceChildren(rendered(this.#part.source));
  }
}
