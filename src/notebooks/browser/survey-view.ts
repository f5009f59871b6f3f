import type { Survey } from '../describe/survey.ts';
import { make } from './elements.ts';
import { cellNames, counted } from './words.ts';

/** The page names at most this many hosts. */
const MAX_HOSTS = 5;

/** The facts that a user needs before running a notebook. */
export function surveyView({ cells, writing, hosts }: Survey, is_ours: boolean): HTMLElement {
  const sentences = [
    `${counted(cells, 'cell')} of code.`,
    writing.length === 0
      ? 'No cell seems to change anything.'
      : `${counted(writing.length, 'cell')} may change something: ${cellNames(writing)}${is_ours ? '.' : '. The page asks you before the first of them runs.'}`,
    `Requests go to ${location.host} only.`,
  ];
  if (hosts.length > 0) {
    const named = hosts.slice(0, MAX_HOSTS).join(', ');
    const more = hosts.length > MAX_HOSTS ? ` and ${hosts.length - MAX_HOSTS} more` : '';
    sentences.push(`Its code names ${named}${more}.`);
  }
  return make('p', { class: 'muted' }, sentences.join(' '));
}
