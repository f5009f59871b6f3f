/**
 * The rule for names, which people read beside other texts. A name that changes the direction of
 * the text around it can look like something else, and an invisible name cannot be clicked.
 */

/**
 * Marks, embeddings, overrides and isolates of the Unicode Bidirectional Algorithm (UAX #9).
 * Letters of right-to-left scripts do not need them. The joiners in emoji are not among them.
 */
const DIRECTIONS = /[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/;
const ALL_DIRECTIONS = new RegExp(DIRECTIONS, 'g');

/** A visible character. The blank Braille pattern is a symbol but invisible. */
const VISIBLE = /[^\p{Z}\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{M}\p{Default_Ignorable_Code_Point}\u2800]/u;

export const DIRECTION_RULE =
  'must not hold characters that set the direction of writing, such as U+202E';
export const VISIBLE_RULE = 'must hold something that can be seen';

export function setsDirection(text: string): boolean {
  return DIRECTIONS.test(text);
}

export function isVisible(text: string): boolean {
  return VISIBLE.test(text);
}

/** A text without these characters, for places without markup such as a window's title. */
export function withoutDirections(text: string): string {
  return text.replaceAll(ALL_DIRECTIONS, '');
}
