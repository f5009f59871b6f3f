import type { Schema } from './description.ts';

const FORMATS: Readonly<Record<string, string>> = {
  'date-time': 'a time, ISO 8601',
  'date-time-rfc-2822': 'a time, RFC 2822',
  date: 'a date, `YYYY-MM-DD`',
  uri: 'a URL',
  'uri-reference': 'a path',
};
/** The longest list of values that a table names. */
const MOST_VALUES = 12;

/** Says in words which values a schema admits. */
export function valueWords(schema: Schema): string {
  const { $ref, const: only, anyOf, oneOf } = schema;
  if ($ref !== undefined) return `a ${$ref.split('/').at(-1)}`;
  if (only !== undefined) return code(only);
  const several = anyOf ?? oneOf;
  if (several) return [...new Set(several.map(valueWords))].join(' or ');
  if (schema.enum) return valuesOf(schema.enum);
  const types = [schema.type ?? []].flat();
  const words = types.map((type) => (type === 'null' ? 'null' : wordOf(type, schema)));
  const fallback = schema.default === undefined ? '' : `; ${code(schema.default)} by default`;
  return (words.join(' or ') || 'any value') + fallback;
}

function wordOf(type: string, schema: Schema): string {
  if (type === 'string') return textWords(schema);
  if (type === 'boolean') return '`true` or `false`';
  if (type === 'array') return `a list${schema.items ? ` of: ${valueWords(schema.items)}` : ''}`;
  if (type === 'object') return 'an object';
  return numberWords(type, schema);
}

function textWords({ format, pattern, minLength, maxLength }: Schema): string {
  const prefix = /^\^(?:\(\?:)?([A-Z]{2})\[/.exec(pattern ?? '')?.[1];
  if (prefix !== undefined) return `a SID, \`${prefix}…\``;
  if (/^\^\((?:\\d\{4\}-)/.test(pattern ?? '')) return 'a date or a time';
  const known = format === undefined ? undefined : FORMATS[format];
  const limit =
    maxLength === undefined
      ? ''
      : `, ${minLength ? `${minLength} to ` : 'up to '}${maxLength} characters`;
  return `${known ?? 'text'}${limit}`;
}

function numberWords(type: string, { minimum, maximum }: Schema): string {
  const kind = type === 'integer' ? 'a whole number' : 'a number';
  if (minimum !== undefined && maximum !== undefined) return `${kind}, ${minimum} to ${maximum}`;
  if (minimum !== undefined) return `${kind}, at least ${minimum}`;
  return maximum === undefined ? kind : `${kind}, at most ${maximum}`;
}

function valuesOf(values: readonly unknown[]): string {
  const named = values.slice(0, MOST_VALUES).map(code).join(', ');
  return values.length > MOST_VALUES ? `${named} and ${values.length - MOST_VALUES} more` : named;
}

const code = (value: unknown) =>
  value === null ? 'null' : `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
