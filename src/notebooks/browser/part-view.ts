import type { CompletionSource } from '@codemirror/autocomplete';
import type { Part } from '../notebook.ts';
import type { Runnable } from './runner.ts';

/** Where a part stands among the cells of code. */
export interface Place {
  /** The N of its `$N`; null for text. */
  readonly index: number | null;
  /** The number of its first line of code: they go on from cell to cell. */
  readonly line: number;
}

/** One part of the notebook on the page. */
export interface PartView {
  readonly element: HTMLElement;
  /** Makes what costs time, once the reader comes near. */
  readonly build: () => void;
  /** The part as it is in the notebook now. */
  readonly update: (part: Part, place: Place) => void;
  /** Takes what was typed into the notebook. */
  readonly commit: () => void;
  readonly edit: () => void;
  readonly focus: () => void;
  readonly remove: () => void;
}

/** What the parts of a notebook can ask of the page. */
export interface Workplace {
  readonly style_nonce: string;
  readonly complete: CompletionSource;
  readonly run: (cells: readonly (PartView & Runnable)[]) => void;
  readonly runUpTo: (last: PartView) => void;
  readonly focusAfter: (view: PartView) => void;
  /** Something was typed that is not in the notebook yet. */
  readonly typed: () => void;
  readonly change: (view: PartView, source: string) => void;
  readonly insert: (beside: PartView, where: 'above' | 'below', kind: Part['kind']) => void;
  /** Past the part before it, or past the one behind it. */
  readonly move: (view: PartView, where: 'up' | 'down') => void;
  readonly remove: (view: PartView) => void;
}
