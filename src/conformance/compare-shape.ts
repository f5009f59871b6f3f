import { z } from 'zod';

/** A place in a value that breaks its description, with the broken rule. */
export interface Misfit {
  /** `messages[0].price_unit`; empty for the whole value. */
  readonly place: string;
  readonly rule: string;
}

type Json = Record<string, unknown>;
type Place = readonly PropertyKey[];

/** A longer value is cut in messages. */
const SHOWN_LENGTH = 60;

/**
 * Compares a value with a schema. The value must have all fields of the schema and no others, each
 * field must have its type, and dates and addresses must have the right format.
 */
export function misfitsOf(schema: z.ZodType, value: unknown): Misfit[] {
  const parsed = schema.safeParse(value);
  const broken = parsed.success
    ? undeclared(value, parsed.data, [])
    : telling(parsed.error.issues).map((issue) => ({
        place: nameOf(issue.path),
        rule: ruleOf(issue, shownAt(issue.path, valueAt(value, issue.path))),
      }));
  const described = z.toJSONSchema(schema, { unrepresentable: 'any' }) as Json;
  return [...broken, ...misformatted(described, value, [])];
}

/** Drops length problems of texts with a wrong format, because the format implies the length. */
function telling(issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue[] {
  const written = new Set(
    issues.filter(({ code }) => code === 'invalid_format').map(({ path }) => nameOf(path)),
  );
  return issues.filter(
    ({ code, path }) => !/^too_(small|big)$/.test(code) || !written.has(nameOf(path)),
  );
}

/** The fields of a value that the schema does not describe. */
function undeclared(value: unknown, taken: unknown, path: Place): Misfit[] {
  if (Array.isArray(value) && Array.isArray(taken)) {
    return value.flatMap((item, at) => undeclared(item, taken[at], [...path, at]));
  }
  if (!isObject(value) || !isObject(taken)) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    const at = [...path, name];
    return name in taken
      ? undeclared(inner, taken[name], at)
      : [{ place: nameOf(at), rule: `is not described, and is ${shownAt(at, inner)}` }];
  });
}

const FORMATS: Readonly<Record<string, { readonly rule: string; fits(text: string): boolean }>> = {
  'date-time-rfc-2822': {
    rule: 'must be a date such as "Wed, 18 Mar 2026 23:31:36 +0000"',
    fits: (text) =>
      /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d \+0000$/.test(text),
  },
  'date-time': {
    rule: 'must be a date such as "2026-03-18T23:31:36Z"',
    fits: (text) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text),
  },
  date: {
    rule: 'must be a date such as "2026-03-18"',
    fits: (text) => /^\d{4}-\d\d-\d\d$/.test(text),
  },
};

/** Checks date formats. The schema only mentions formats and does not check them. */
function misformatted(schema: Json, value: unknown, path: Place): Misfit[] {
  if (typeof value === 'string') {
    const format = FORMATS[typeof schema['format'] === 'string' ? schema['format'] : ''];
    const broken = format && !format.fits(value);
    return broken ? [{ place: nameOf(path), rule: `${format.rule}, and is ${shown(value)}` }] : [];
  }
  const choices = schema['anyOf'];
  if (Array.isArray(choices)) {
    const [only] = choices.filter((choice: Json) => choice['type'] !== 'null') as Json[];
    return only && value !== null ? misformatted(only, value, path) : [];
  }
  if (Array.isArray(value)) {
    const items = schema['items'];
    return isObject(items)
      ? value.flatMap((item, at) => misformatted(items, item, [...path, at]))
      : [];
  }
  const properties = schema['properties'];
  if (!isObject(value) || !isObject(properties)) return [];
  return Object.entries(properties).flatMap(([name, inner]) =>
    misformatted(inner as Json, value[name], [...path, name]),
  );
}

function ruleOf(issue: z.core.$ZodIssue, value: string): string {
  if (value === NOTHING) return 'is missing';
  const is = `and is ${value}`;
  if (issue.code === 'invalid_type') return `must be ${articled(issue.expected)}, ${is}`;
  if (issue.code === 'invalid_value') return `must be one of ${issue.values.join(', ')}, ${is}`;
  if (issue.code === 'invalid_format')
    return `must be written as ${issue.pattern ?? issue.format}, ${is}`;
  return `does not fit (${issue.message}), ${is}`;
}

function articled(type: string): string {
  if (type === 'null') return type;
  return `${/^[aeiou]/.test(type) ? 'an' : 'a'} ${type}`;
}

function valueAt(value: unknown, path: Place): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      isObject(inner) || Array.isArray(inner) ? (inner as Json)[String(key)] : undefined,
    value,
  );
}

export function nameOf(path: Place): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');
}

const NOTHING = 'nothing';

/** Fields whose values a report never shows, because reports end up in logs. */
const SECRET = /(^|_)(token|secret|password)$/;
const hidden = (name: string, value: unknown) =>
  SECRET.test(name) && typeof value === 'string' ? '…' : value;

/** A value as text, without its secrets. A long text is cut. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value, hidden) ?? NOTHING;
  return text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}…` : text;
}

/** A value at a place, as text. The name of the place can mark it as a secret. */
export function shownAt(place: Place, value: unknown): string {
  return shown(hidden(String(place.at(-1)), value));
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
