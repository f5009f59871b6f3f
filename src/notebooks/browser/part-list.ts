import type { Notebook, Part } from '../notebook.ts';
import { CodeCell } from './code-cell.ts';
import { make } from './elements.ts';
import type { PartView, Place, Workplace } from './part-view.ts';
import { TextPart } from './text-part.ts';

/** In a notebook with more parts, each part is fully built only near the visible area. */
const MANY_PARTS = 200;
/** Parts are observed in groups of this size, because observing each part would be slow. */
const PARTS_TOGETHER = 50;
/** Parts within this margin around the visible area are fully built. */
const NEAR = '1500px 0px';

/** The parts of a notebook on the page, in order. */
export class PartList {
  readonly element = make('div', { class: 'parts' });
  readonly #workplace: Workplace;
  readonly #near: IntersectionObserver;
  readonly #byElement = new WeakMap<Element, PartView>();
  #parts: readonly Part[] = [];
  #views: readonly PartView[] = [];

  constructor(workplace: Workplace) {
    this.#workplace = workplace;
    this.#near = new IntersectionObserver((entries) => this.#came(entries), { rootMargin: NEAR });
  }

  /** The code cells, in order. */
  get cells(): readonly CodeCell[] {
    return this.#views.filter((view) => view instanceof CodeCell);
  }

  indexOf(view: PartView): number {
    return this.#views.indexOf(view);
  }

  viewAt(at: number): PartView | null {
    return this.#views[at] ?? null;
  }

  /** Writes the text of all open editors into the notebook. */
  commit(): void {
    for (const view of this.#views) view.commit();
  }

  /**
   * Shows the current notebook. Unchanged parts keep their elements on the page and their outcomes.
   * @param at the first part that may have changed
   */
  show({ parts }: Pick<Notebook, 'parts'>, at = 0): void {
    const before = this.#parts;
    const most = Math.min(before.length, parts.length);
    const isSame = (one: Part | undefined, other: Part | undefined) =>
      one?.kind === other?.kind && one?.raw === other?.raw;
    let start = 0;
    while (start < Math.min(at, most) && isSame(before[start], parts[start])) start += 1;
    let end = 0;
    while (end < most - start && isSame(before.at(-1 - end), parts.at(-1 - end))) end += 1;
    const old = this.#views.slice(start, before.length - end);
    const fresh = parts.slice(start, parts.length - end);
    const isEdit = old.length === 1 && fresh.length === 1 && before[start]?.kind === fresh[0]?.kind;
    const made = isEdit ? old : fresh.map((part) => this.#make(part));
    if (!isEdit) this.#replace(old, made, this.#views[start - 1]);
    this.#views = [
      ...this.#views.slice(0, start),
      ...made,
      ...this.#views.slice(before.length - end),
    ];
    this.#parts = parts;
    this.#place();
  }

  /** Shows the notebook after part `at` and the part after it were swapped. */
  swap({ parts }: Pick<Notebook, 'parts'>, at: number): void {
    const [first, second] = this.#views.slice(at, at + 2);
    if (!first || !second) return;
    first.element.before(second.element);
    this.#views = this.#views.toSpliced(at, 2, second, first);
    this.#parts = parts;
    this.#place();
    for (const view of [first, second]) view.build();
  }

  #make(part: Part): PartView {
    const place = { index: null, line: 1 };
    const view =
      part.kind === 'code'
        ? new CodeCell(part, place, this.#workplace)
        : new TextPart(part, place, this.#workplace);
    this.#byElement.set(view.element, view);
    return view;
  }

  #replace(old: readonly PartView[], made: readonly PartView[], last: PartView | undefined): void {
    const hadFocus = old.some(({ element }) => element.contains(document.activeElement));
    if (made.length > MANY_PARTS) this.element.append(...this.#grouped(made));
    else if (last) last.element.after(...made.map(({ element }) => element));
    else
      (this.element.firstElementChild ?? this.#group()).prepend(...made.map((one) => one.element));
    for (const view of old) view.remove();
    if (made.length <= MANY_PARTS) for (const view of made) view.build();
    if (hadFocus) made.at(-1)?.focus();
  }

  #group(): HTMLElement {
    const group = make('div', { class: 'group' });
    this.element.append(group);
    return group;
  }

  #grouped(views: readonly PartView[]): HTMLElement[] {
    const groups: HTMLElement[] = [];
    for (let at = 0; at < views.length; at += PARTS_TOGETHER) {
      const elements = views.slice(at, at + PARTS_TOGETHER).map(({ element }) => element);
      const group = make('div', { class: 'group many' }, ...elements);
      this.#near.observe(group);
      groups.push(group);
    }
    return groups;
  }

  /** Tells each part its number and its first line. */
  #place(): void {
    let index = 0;
    let line = 1;
    for (const [at, part] of this.#parts.entries()) {
      const isCode = part.kind === 'code';
      const place: Place = { index: isCode ? index : null, line };
      this.#views[at]?.update(part, place);
      if (!isCode) continue;
      index += 1;
      line += part.source.split('\n').length;
    }
  }

  #came(entries: readonly IntersectionObserverEntry[]): void {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      this.#near.unobserve(target);
      for (const element of target.children) this.#byElement.get(element)?.build();
    }
  }
}
