/**
 * What may be a name: a text that people read beside texts of others. One that turns the writing
 * around it, or shows nothing, can pass for something else or cannot be clicked.
 */

/**
 * Marks, embeddings, overrides and isolates of the Unicode Bidirectional Algorithm (UAX #9).
 * Letters that run from right to left need none of them; the joiners of emoji are none.
 */
const DIRECTIONS = /[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/;
const ALL_DIRECTIONS = new RegExp(DIRECTIONS, 'g');

/** A character with a shape of its own; the blank Braille pattern is a symbol without one. */
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

/** For places that hold text alone, such as the title of a window. */
export function withoutDirections(text: string): string {
  return text.replaceAll(ALL_DIRECTIONS, '');
}
