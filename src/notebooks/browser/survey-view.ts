import type { Survey } from '../describe/survey.ts';
import { make } from './elements.ts';
import { cellNames, counted } from './words.ts';

/** How many hosts are named. */
const MAX_HOSTS = 5;

/** What is to be known of a notebook before it is run. */
export function surveyView({ cells, writing, hosts }: Survey, is_ours: boolean): HTMLElement {
  const sentences = [
    `${counted(cells, 'cell')} of code.`,
    writing.length === 0
      ? 'None says that it changes anything.'
      : `${counted(writing.length, 'cell')} may change something: ${cellNames(writing)}${is_ours ? '.' : '; you are asked before the first does.'}`,
    `Requests go to ${location.host} only.`,
  ];
  if (hosts.length > 0) {
    const named = hosts.slice(0, MAX_HOSTS).join(', ');
    const more = hosts.length > MAX_HOSTS ? ` and ${hosts.length - MAX_HOSTS} more` : '';
    sentences.push(`Its code names ${named}${more}.`);
  }
  return make('p', { class: 'muted' }, sentences.join(' '));
}
