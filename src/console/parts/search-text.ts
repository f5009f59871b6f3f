import { type Form, singleValue } from '../../http/parameters/form.ts';

/**
 * The text of a search field, cut to a length. Control characters become spaces: no name has them,
 * and PostgreSQL refuses a text with NUL.
 * @throws ApiError 400 for a field that is given twice
 */
export function readSearchText(query: Form, name: string, length: number): string {
  const text = (singleValue(query, name) ?? '').toWellFormed().replaceAll(/\p{Cc}/gu, ' ');
  return text.trim().slice(0, length).toWellFormed();
}
