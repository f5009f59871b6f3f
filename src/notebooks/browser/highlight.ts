import { javascriptLanguage } from '@codemirror/lang-javascript';
import { classHighlighter, highlightCode } from '@lezer/highlight';
import { make } from './elements.ts';

/** Longer code is shown without colours, because colouring it would take too long. */
const MAX_COLOURED_LENGTH = 50_000;

/** Code in the editor's colours, as one element for each line. */
export function highlighted(source: string): HTMLElement[] {
  if (source.length > MAX_COLOURED_LENGTH) {
    return source.split('\n').map((line) => lineOf([line]));
  }
  const lines: HTMLElement[] = [];
  let pieces: (Node | string)[] = [];
  const end = () => {
    lines.push(lineOf(pieces));
    pieces = [];
  };
  highlightCode(
    source,
    javascriptLanguage.parser.parse(source),
    classHighlighter,
    (text, classes) => void pieces.push(classes ? make('span', { class: classes }, text) : text),
    end,
  );
  end();
  return lines;
}

function lineOf(pieces: readonly (Node | string)[]): HTMLElement {
  return make('span', { class: 'line' }, ...pieces);
}
