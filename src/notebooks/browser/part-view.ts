import type { CompletionSource } from '@codemirror/autocomplete';
import type { Part } from '../notebook.ts';
import type { Runnable } from './runner.ts';

/** The position of a part among the code cells. */
export interface Place {
  /** The N of the cell's name `$N`; null for text. */
  readonly index: number | null;
  /** The number of the part's first line of code. Line numbers continue from cell to cell. */
  readonly line: number;
}

/** One part of the notebook on the page. */
export interface PartView {
  readonly element: HTMLElement;
  /** Builds the costly elements, when the part comes near the visible area. */
  readonly build: () => void;
  /** Takes the part's current text and place. */
  readonly update: (part: Part, place: Place) => void;
  /** Writes the typed text into the notebook. */
  readonly commit: () => void;
  readonly edit: () => void;
  readonly focus: () => void;
  readonly remove: () => void;
}

/** The page's services for the parts of a notebook. */
export interface Workplace {
  readonly style_nonce: string;
  readonly complete: CompletionSource;
  readonly run: (cells: readonly (PartView & Runnable)[]) => void;
  readonly runUpTo: (last: PartView) => void;
  readonly focusAfter: (view: PartView) => void;
  /** Reports typed text that the notebook does not have yet. */
  readonly typed: () => void;
  readonly change: (view: PartView, source: string) => void;
  readonly insert: (beside: PartView, where: 'above' | 'below', kind: Part['kind']) => void;
  /** Swaps the part with its neighbour above or below. */
  readonly move: (view: PartView, where: 'up' | 'down') => void;
  readonly remove: (view: PartView) => void;
}
