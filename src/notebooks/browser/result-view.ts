import type { Failure, Outcome, OutputLine } from '../run/outcome.ts';
import { make } from './elements.ts';
import { requestList } from './request-view.ts';
import { valueTree } from './value-tree.ts';

/** The outcome of a cell: its output, its requests, and its value or its failure. */
export function resultView(outcome: Outcome): HTMLElement {
  const { cell, value, failure, lines, requests } = outcome;
  return make(
    'div',
    { class: 'outcome' },
    outputList(lines),
    requestList(requests),
    failure && failureView(cell, failure),
    value && make('div', { class: 'result' }, valueTree(`$${cell} = `, value)),
  );
}

function outputList(lines: readonly OutputLine[]): HTMLElement | null {
  if (lines.length === 0) return null;
  const items = lines.map(({ level, text }) =>
    make('li', { class: level }, level === 'log' ? null : `${level}: `, text),
  );
  return make('ul', { class: 'output', 'aria-label': 'Output' }, ...items);
}

function failureView(cell: number, { name, message, line, stack }: Failure): HTMLElement {
  const words = [
    make('strong', {}, `${name}: `),
    make('span', { class: 'lines' }, message),
    line === null ? null : make('span', { class: 'where' }, ` Line ${line} of this cell.`),
  ];
  if (stack === null || stack === '') return make('p', { class: 'failure' }, ...words);
  return make(
    'details',
    { class: 'failure' },
    make('summary', { 'aria-label': `$${cell} failed: ${name}: ${message}` }, ...words),
    make('pre', { tabindex: '0' }, stack),
  );
}
