import { DIRECTION_RULE, isVisible, setsDirection, VISIBLE_RULE } from '../../kit/shown-name.ts';
import { clearableText, text } from './fields.ts';

/** A name of 1 to `max` characters that people see. */
export function nameText(max: number) {
  return text(max)
    .refine((value) => !setsDirection(value), DIRECTION_RULE)
    .refine(isVisible, VISIBLE_RULE)
    .meta({ openapi: { type: 'string', minLength: 1, maxLength: max } });
}

/** A name of up to `max` characters. An empty value clears it to null. */
export function clearableName(max: number) {
  return clearableText(max)
    .refine((value) => value === null || !setsDirection(value), DIRECTION_RULE)
    .refine((value) => value === null || isVisible(value), `${VISIBLE_RULE}, or be empty`)
    .meta({ openapi: { type: 'string', maxLength: max } });
}
