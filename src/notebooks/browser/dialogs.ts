import { button, make } from './elements.ts';

/** One field of a dialog. */
interface DialogField {
  readonly name: string;
  readonly label: string;
  readonly value: string;
  readonly type: 'text' | 'password';
}

export interface DialogSpec {
  readonly title: string;
  /** The question. Its line breaks are kept. */
  readonly message: string;
  /** A link below the message, to the page that has the answer. */
  readonly advice?: Node;
  readonly fields?: readonly DialogField[];
  readonly accept: string;
  /** The label of the refusing button. A dialog without this label has no such button. */
  readonly cancel?: string;
  /** The refusing button has the focus, so Enter pressed out of habit refuses. */
  readonly is_grave?: boolean;
  /** A button that ends all questions, because a cell may ask forever. */
  readonly stop?: { readonly label: string; readonly stopped: () => void };
}

/** The text of each field, by the field's name. */
export type Entered = Readonly<Record<string, string>>;

let dialogs = 0;

/**
 * Asks in a dialog of this page.
 * @param signal closes the dialog without an answer
 * @returns the entered texts; null when the user cancelled by the button or by Escape
 */
export function ask(spec: DialogSpec, signal: AbortSignal): Promise<Entered | null> {
  dialogs += 1;
  const id = `dialog-${dialogs}`;
  const fields = (spec.fields ?? []).map((field) => fieldOf(`${id}-field-${field.name}`, field));
  const { promise, resolve } = Promise.withResolvers<Entered | null>();
  const before = document.activeElement;
  const accept = make('button', { type: 'submit' }, spec.accept);
  const form = make(
    'form',
    { method: 'dialog' },
    make('h2', { id: `${id}-title` }, spec.title),
    make('p', { id: `${id}-message`, class: 'lines' }, spec.message),
    spec.advice ? make('p', {}, spec.advice) : null,
    ...fields.map(({ row }) => row),
  );
  const named = { 'aria-labelledby': `${id}-title`, 'aria-describedby': `${id}-message` };
  const dialog = make('dialog', { class: 'ask', ...named }, make('article', {}, form));
  const close = (answer: Entered | null) => {
    if (!dialog.isConnected) return;
    dialog.close();
    dialog.remove();
    signal.removeEventListener('abort', cancel);
    if (before instanceof HTMLElement) before.focus({ preventScroll: true });
    resolve(answer);
  };
  const cancel = () => close(null);
  const buttons = make('div', { class: 'buttons' }, accept);
  const refuse = spec.cancel === undefined ? null : button(spec.cancel, 'secondary', cancel);
  if (refuse) buttons.append(refuse);
  if (spec.stop) buttons.append(button(spec.stop.label, 'secondary', spec.stop.stopped));
  form.append(buttons);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    close(Object.fromEntries(fields.map(({ input }) => [input.name, input.value])));
  });
  dialog.addEventListener('cancel', (event) => {
    event.preventDefault();
    cancel();
  });
  if (signal.aborted) return Promise.resolve(null);
  signal.addEventListener('abort', cancel);
  document.body.append(dialog);
  dialog.showModal();
  const first = (spec.is_grave && refuse) || accept;
  (fields.find(({ input }) => input.value === '')?.input ?? fields[0]?.input ?? first).focus();
  return promise;
}

function fieldOf(id: string, { name, label, value, type }: DialogField) {
  const input = make('input', { id, name, type, value, autocomplete: 'off', spellcheck: 'false' });
  const row = make('div', { class: 'field' }, make('label', { for: id }, label), input);
  return { row, input };
}
