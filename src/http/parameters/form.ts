import { badParameter, badRequest } from '../../kit/api-error.ts';

/** The parameters of a form body or a query, each with all its values. */
export type Form = ReadonlyMap<string, readonly string[]>;

export const EMPTY_FORM: Form = new Map();
export const MAX_PARAMETERS = 500;

/** The character that a decoder writes for bytes that are not UTF-8. */
export const REPLACEMENT = '\uFFFD';

/**
 * Reads `application/x-www-form-urlencoded` text (WHATWG URL, §5).
 * @throws ApiError 400/20001 for more than 500 parameters, or for escapes that are not UTF-8: those
 * would be stored as other characters.
 */
export function parseForm(text: string): Form {
  if (text === '') return EMPTY_FORM;
  const form = new Map<string, string[]>();
  let count = 0;
  for (const [name, value] of new URLSearchParams(text)) {
    count += 1;
    if (count > MAX_PARAMETERS) throw badRequest(`Send at most ${MAX_PARAMETERS} parameters`);
    const values = form.get(name);
    if (values) values.push(value);
    else form.set(name, [value]);
  }
  // Bytes that are not UTF-8 become U+FFFD. A client may also send a real U+FFFD.
  if (text.includes('%') || text.includes(REPLACEMENT)) refuseBrokenUtf8(text, form);
  return form;
}

function refuseBrokenUtf8(text: string, form: Form): void {
  const doubtful = [...form].some(
    ([name, values]) =>
      name.includes(REPLACEMENT) || values.some((value) => value.includes(REPLACEMENT)),
  );
  if (!doubtful) return;
  try {
    // The standard keeps a lone % as it is, so only real escapes are checked.
    decodeURIComponent(text.replaceAll(/%(?![0-9A-Fa-f]{2})/g, '%25'));
  } catch {
    throw badRequest('The parameters must be UTF-8');
  }
}

/**
 * The value of a parameter that may be given once.
 * @throws ApiError 400/20001 when it was given more often.
 */
export function singleValue(form: Form, name: string): string | undefined {
  const values = form.get(name);
  if (values && values.length > 1) throw badParameter(name, 'may be given only once');
  return values?.[0];
}

/** A form without its empty values: an empty filter counts as not given. */
export function withoutEmpty(form: Form): Form {
  const given = new Map<string, readonly string[]>();
  for (const [name, values] of form) {
    const said = values.filter((value) => value !== '');
    if (said.length > 0) given.set(name, said);
  }
  return given;
}

const STRICT_UTF8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Decodes a body.
 * @throws ApiError 400/20001 when it is not UTF-8.
 */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return STRICT_UTF8.decode(bytes);
  } catch {
    throw badRequest('The body must be UTF-8');
  }
}
