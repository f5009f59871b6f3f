import { badParameter } from '../../kit/api-error.ts';

/**
 * Reads a word of a selection list in a filter's form.
 * @returns undefined for an absent one
 * @throws ApiError 400 naming the field for a word that the list does not offer
 */
export function oneOf<Word extends string>(
  name: string,
  text: string | undefined,
  words: readonly Word[],
): Word | undefined {
  if (text === undefined) return undefined;
  const found = words.find((word) => word === text);
  if (found === undefined) throw badParameter(name, 'must be one of the list');
  return found;
}
