import { type Page, personPage, seeOther, view } from '../../http/pages/page.ts';
import { FIND_PAGE, FIND_SECTION } from '../../pages/navigation.ts';
import { readSearchText } from '../parts/search-text.ts';
import { findThings, TEXT_LENGTH } from './find-things.ts';
import { findBody } from './find-views.ts';

/**
 * The results of the search field. A text that names one thing opens its page.
 *
 * Query: `q`, the text; its first 120 characters are searched for.
 */
const findPage = personPage({
  id: 'Find',
  path: FIND_PAGE,
  async show(call) {
    const text = readSearchText(call.query, 'q', TEXT_LENGTH);
    const answer = text === '' ? { hits: [] } : await findThings(call, text);
    if ('place' in answer) return seeOther(answer.place);
    return view({ title: 'Search', section: FIND_SECTION, body: findBody(text, answer.hits) });
  },
});

export const findPages: readonly Page[] = [findPage];
