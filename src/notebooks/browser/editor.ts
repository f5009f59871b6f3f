import {
  autocompletion,
  type CompletionSource,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { javascript, javascriptLanguage, localCompletionSource } from '@codemirror/lang-javascript';
import { bracketMatching, indentOnInput, syntaxHighlighting } from '@codemirror/language';
import { Compartment, EditorState, RangeSet, StateEffect, StateField } from '@codemirror/state';
import {
  Decoration,
  type DecorationSet,
  drawSelection,
  EditorView,
  keymap,
  lineNumbers,
  tooltips,
} from '@codemirror/view';
import { classHighlighter } from '@lezer/highlight';

export interface EditorSpec {
  readonly source: string;
  readonly label: string;
  readonly first_line: number;
  readonly failed_line: number | null;
  readonly style_nonce: string;
  readonly complete: CompletionSource;
  readonly changed: () => void;
  readonly left: () => void;
  /** Runs the cell. Shift+Enter then goes on to the next cell; Ctrl+Enter or Cmd+Enter stays. */
  readonly run: (goesOn: boolean) => void;
}

/**
 * An editor for one cell's code. Tab leaves it; after Ctrl+M (on a Mac Alt+Shift+M) Tab indents.
 */
export class Editor {
  readonly #view: EditorView;
  readonly #numbers = new Compartment();
  readonly #names = new Compartment();

  constructor(parent: HTMLElement, spec: EditorSpec) {
    this.#view = new EditorView({
      parent,
      doc: spec.source,
      extensions: [
        EditorView.cspNonce.of(spec.style_nonce),
        runKeys(spec),
        this.#numbers.of(numbersFrom(spec.first_line)),
        this.#names.of(named(spec.label)),
        EditorState.tabSize.of(2),
        history(),
        drawSelection(),
        indentOnInput(),
        bracketMatching(),
        closeBrackets(),
        autocompletion({ icons: false, filterStrict: true }),
        // A cell clips its content, so tooltips belong to the page's body.
        tooltips({ parent: document.body }),
        javascript(),
        javascriptLanguage.data.of({ autocomplete: localCompletionSource }),
        javascriptLanguage.data.of({ autocomplete: spec.complete }),
        syntaxHighlighting(classHighlighter),
        failedLine,
        typeOverLines,
        keymap.of([
          ...closeBracketsKeymap,
          ...completionKeymap,
          ...defaultKeymap,
          ...historyKeymap,
          indentWithTab,
        ]),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) spec.changed();
          if (update.focusChanged && !update.view.hasFocus) spec.left();
        }),
      ],
    });
    this.#view.setTabFocusMode(true);
    this.markLine(spec.failed_line);
  }

  get source(): string {
    return this.#view.state.doc.toString();
  }

  focus(): void {
    this.#view.focus();
  }

  /** Marks the line that threw an error; null marks no line. */
  markLine(line: number | null): void {
    this.#view.dispatch({ effects: markLine.of(line) });
  }

  /** Takes the cell's new label and first line number after cells have moved. */
  place(label: string, first_line: number): void {
    this.#view.dispatch({
      effects: [
        this.#numbers.reconfigure(numbersFrom(first_line)),
        this.#names.reconfigure(named(label)),
      ],
    });
  }

  destroy(): void {
    this.#view.destroy();
  }
}

function numbersFrom(first_line: number) {
  return lineNumbers({ formatNumber: (line) => String(line + first_line - 1) });
}

function named(label: string) {
  return EditorView.contentAttributes.of({ 'aria-label': label, spellcheck: 'false' });
}

function runKeys({ run }: EditorSpec) {
  const press =
    ({ goes_on }: { readonly goes_on: boolean }) =>
    () => {
      run(goes_on);
      return true;
    };
  return keymap.of([
    { key: 'Mod-Enter', run: press({ goes_on: false }) },
    { key: 'Shift-Enter', run: press({ goes_on: true }) },
  ]);
}

const markLine = StateEffect.define<number | null>();
const failedMark = Decoration.line({ class: 'failed' });
const failedLine = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, { effects, state, changes }) {
    let kept = marks.map(changes);
    for (const effect of effects) {
      if (!effect.is(markLine)) continue;
      const line = effect.value;
      const isThere = line !== null && line <= state.doc.lines;
      kept = isThere ? RangeSet.of(failedMark.range(state.doc.line(line).from)) : Decoration.none;
    }
    return kept;
  },
  provide: (field) => EditorView.decorations.from(field),
});

/**
 * Replaces a selection of several lines by the typed text here, in the editor. The browser would
 * first join the lines with a style attribute, which the page's policy refuses and reports.
 */
const typeOverLines = EditorView.domEventHandlers({
  beforeinput(event, view) {
    const { state } = view;
    const { main } = state.selection;
    const text = event.data;
    const isTyped = event.inputType === 'insertText' && text !== null && !view.composing;
    const isOneLine = state.doc.lineAt(main.from).to >= main.to;
    if (!isTyped || isOneLine || state.selection.ranges.length > 1) return false;
    event.preventDefault();
    const insert = () =>
      state.update(state.replaceSelection(text), { userEvent: 'input.type', scrollIntoView: true });
    const handlers = state.facet(EditorView.inputHandler);
    if (!handlers.some((handle) => handle(view, main.from, main.to, text, insert))) {
      view.dispatch(insert());
    }
    return true;
  },
});
