import { button, make } from './elements.ts';
import type { PartView, Workplace } from './part-view.ts';

let menus = 0;

/** The menu of a part: one button that opens a row of further buttons below it. */
export function partMenu(
  view: PartView,
  workplace: Workplace,
  own: readonly (readonly [label: string, deed: () => void])[],
): { readonly toggle: HTMLElement; readonly buttons: HTMLElement } {
  menus += 1;
  const id = `part-menu-${menus}`;
  const buttons = make('div', { class: 'part-menu', id, hidden: true });
  const toggle = button('More', 'secondary small', () => setOpen(buttons.hidden !== false));
  toggle.setAttribute('aria-controls', id);
  const setOpen = (is_open: boolean) => {
    buttons.hidden = !is_open;
    toggle.setAttribute('aria-expanded', String(is_open));
  };
  const others = [
    ['Add code below', () => workplace.insert(view, 'below', 'code')],
    ['Add text below', () => workplace.insert(view, 'below', 'text')],
    ['Add code above', () => workplace.insert(view, 'above', 'code')],
    ['Add text above', () => workplace.insert(view, 'above', 'text')],
    ['Delete', () => workplace.remove(view)],
  ] as const;
  const closing = ([label, deed]: readonly [string, () => void]) =>
    button(label, 'secondary small', () => {
      // The pressed button disappears with the row. Most deeds then move the focus on from here.
      toggle.focus();
      setOpen(false);
      deed();
    });
  buttons.append(
    ...own.map(closing),
    mover('up', 'Move up', view, workplace),
    mover('down', 'Move down', view, workplace),
    ...others.map(closing),
  );
  setOpen(false);
  return { toggle, buttons };
}

/** A button to press repeatedly: the row stays open, and the button keeps the focus. */
function mover(where: 'up' | 'down', label: string, view: PartView, workplace: Workplace) {
  const made = button(label, 'secondary small', () => {
    workplace.move(view, where);
    made.focus();
  });
  return made;
}
