import { z } from 'zod';
import { type ApiError, badParameter } from '../../kit/api-error.ts';
import { isSid, type SidPrefix, sidPattern } from '../../kit/sid.ts';
import { hasUserInfo } from '../../kit/user-info.ts';
import { type Form, singleValue } from './form.ts';

/**
 * The parameters of the API, as schemas of form values. The text of each rule completes a sentence
 * that begins with the parameter's name: "FriendlyName must be at most 64 characters". The metadata
 * `openapi` of a schema is its part of the API descriptions.
 */

export const FRIENDLY_NAME_LENGTH = 64;
export const URL_LENGTH = 2_048;

/** Control characters except tab, line feed and carriage return, and halves of surrogate pairs. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: refusing them is what this is for
const UNREPRESENTABLE = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]|\p{Surrogate}/u;

const plain = z.string({
  error: (issue) => (issue.input === undefined ? 'is required' : 'must be text'),
});

/** Text of 1 to `max` characters (code points). */
export function text(max: number) {
  return plain
    .check(...textRules(max))
    .refine((value) => value !== '', 'must not be empty')
    .meta({ openapi: { type: 'string', minLength: 1, maxLength: max } });
}

/** Text of up to `max` characters. An empty value clears it to null. */
export function clearableText(max: number) {
  return plain
    .check(...textRules(max))
    .transform(emptyToNull)
    .meta({ openapi: { type: 'string', maxLength: max } });
}

function textRules(max: number) {
  return [
    z.refine<string>((value) => value.length <= 2 * max && [...value].length <= max, {
      error: `must be at most ${max} characters`,
      abort: true,
    }),
    z.refine<string>((value) => !UNREPRESENTABLE.test(value), 'must not hold control characters'),
  ];
}

/** The text of somebody who cannot be refused, with U+FFFD for each letter that no text may have. */
export function representable(value: string): string {
  return value.replaceAll(new RegExp(UNREPRESENTABLE, 'gu'), '\ufffd');
}

const emptyToNull = (value: string): string | null => (value === '' ? null : value);

/** Whether a text is an absolute http or https address. */
export function isWebUrl(value: string): boolean {
  if (/[\s\\]/.test(value) || UNREPRESENTABLE.test(value) || !/^https?:\/\/[^/?#]/i.test(value)) {
    return false;
  }
  return URL.canParse(value) && new URL(value).hostname !== '';
}

function namesUser(value: string): boolean {
  const url = URL.parse(value);
  return url !== null && hasUserInfo(url);
}

const urlRules = [
  z.refine<string>((value) => value.length <= URL_LENGTH, {
    error: `must be at most ${URL_LENGTH} characters`,
    abort: true,
  }),
  z.refine<string>((value) => value === '' || isWebUrl(value), {
    error: 'must be an absolute http or https URL',
    abort: true,
  }),
];
const URL_OPENAPI = { type: 'string', format: 'uri', maxLength: URL_LENGTH };

/** An address that the server calls. An empty value clears it. It may hold `user:password@`. */
export const callbackUrl = plain
  .check(...urlRules)
  .transform(emptyToNull)
  .meta({ openapi: URL_OPENAPI });

/** An address that people open or see. An empty value clears it. */
export const pageUrl = plain
  .check(
    ...urlRules,
    z.refine<string>((value) => !namesUser(value), 'must not hold a user name or password'),
  )
  .transform(emptyToNull)
  .meta({ openapi: URL_OPENAPI });

const SIP_URI =
  /^sip:(?:[A-Za-z0-9\-_.!~*'()&=+$,;?/%]{1,128}@)?(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?(?:;[A-Za-z0-9\-_.!~*'=%[\]/:&+$;]{1,256})?$/;

/**
 * A `sip:` URI for a target: a host with optional user, port and parameters, without headers.
 */
export const sipUri = plain
  .check(z.refine<string>(isSipUri, 'must be a sip: URI such as sip:host.example.com:5060'))
  .meta({ openapi: { type: 'string', format: 'uri', pattern: '^sip:' } });

function isSipUri(value: string): boolean {
  if (value.length > 255 || !SIP_URI.test(value)) return false;
  const port = /:(\d{1,5})(?:;|$)/.exec(value.slice('sip:'.length))?.[1];
  return port === undefined || (Number(port) >= 1 && Number(port) <= 65_535);
}

/** One of a few words, in the exact documented spelling. */
export function oneOf<const Words extends readonly [string, ...string[]]>(words: Words) {
  return z
    .enum(words, {
      error: (issue) =>
        issue.input === undefined ? 'is required' : `must be ${alternatives(words)}`,
    })
    .meta({ openapi: { type: 'string', enum: words } });
}

export const httpMethod = oneOf(['GET', 'POST']);

/**
 * A set of words. The parameter may be repeated, or one value may hold words with commas or spaces
 * between them. An empty value means the empty set.
 * @param code the error code for any other word
 */
export function setOf<const Words extends readonly [string, ...string[]]>(
  words: Words,
  code?: number,
) {
  const items = z
    .array(z.string())
    .max(100, 'has too many values')
    .transform((values) =>
      values.flatMap((value) => value.split(/[\s,]+/)).filter((word) => word !== ''),
    )
    .refine((values) => values.every((value) => words.includes(value)), {
      error: `may hold ${alternatives(words)} only`,
      params: { code },
    })
    .transform((values) => words.filter((word) => values.includes(word)) as Words[number][]);
  return items.meta({
    openapi: { type: 'array', items: { type: 'string', enum: words }, uniqueItems: true },
  });
}

/** A whole number within limits. */
export function integer(min: number, max: number) {
  return plain
    .refine((value) => /^[+-]?\d{1,15}$/.test(value), {
      error: `must be a whole number from ${min} to ${max}`,
      abort: true,
    })
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be from ${min} to ${max}`)
    .meta({ openapi: { type: 'integer', minimum: min, maximum: max } });
}

/** `true` or `false`, in upper or lower case. */
export const boolean = plain
  .refine((value) => /^(true|false)$/i.test(value), 'must be true or false')
  .transform((value) => value.toLowerCase() === 'true')
  .meta({ openapi: { type: 'boolean' } });

/** SID prefixes of Twilio resources that a request may name although none exist here. */
type ForeignPrefix = 'AD' | 'AP' | 'BU' | 'HX' | 'RI' | 'SD' | 'TK';

/** The SID of another resource. An empty value clears the reference. */
export function sidReference(prefix: SidPrefix | ForeignPrefix) {
  return plain
    .refine(
      (value) => value === '' || isSid(prefix as SidPrefix, value),
      `must be a SID: ${prefix} and 32 hexadecimal digits`,
    )
    .transform(emptyToNull)
    .meta({ openapi: { type: 'string', pattern: `^(?:${sidPattern(prefix)})?$` } });
}

/** `GET, POST or PUT`. */
function alternatives(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

export type Fields = z.ZodObject<Record<string, z.ZodType>>;

/** The parameters of one operation. All other parameters are ignored, as documented. */
export function fields<Shape extends Record<string, z.ZodType>>(shape: Shape) {
  return z.object(shape);
}

type SnakeCase<Name extends string> = Name extends `${infer Head}${infer Tail}`
  ? Tail extends Uncapitalize<Tail>
    ? `${Lowercase<Head>}${SnakeCase<Tail>}`
    : `${Lowercase<Head>}_${SnakeCase<Tail>}`
  : Name;

type Renamed<T> = { [Name in keyof T as SnakeCase<Name & string>]: T[Name] };
type Required<T> = { [Name in keyof T as undefined extends T[Name] ? never : Name]: T[Name] };
type Optional<T> = {
  [Name in keyof T as undefined extends T[Name] ? Name : never]?: Exclude<T[Name], undefined>;
};

/** The input of a handler: the given parameters by their column names. */
export type InputOf<F extends Fields> = Required<Renamed<z.output<F>>> &
  Optional<Renamed<z.output<F>>>;

/** `DeauthorizeCallbackUrl` → `deauthorize_callback_url`. Names change only here. */
export function snakeCase(name: string): string {
  return name.replaceAll(/(?<!^)([A-Z])/g, '_$1').toLowerCase();
}

/**
 * Reads the parameters of an operation.
 * @throws ApiError 400 naming the first parameter that breaks a rule, and the rule; its code is the
 * rule's own code or 20001.
 */
export function readFields<F extends Fields>(schema: F, form: Form): InputOf<F> {
  const names = namesOf(schema);
  if (names.length === 0) return {} as InputOf<F>;
  const given: Record<string, unknown> = {};
  for (const { name, is_array, alias } of names) {
    const value = is_array
      ? arrayOf(form, name)
      : (singleValue(form, name) ?? (alias && singleValue(form, alias)));
    if (value !== undefined) given[name] = value;
  }
  const parsed = schema.safeParse(given);
  if (!parsed.success) {
    throw refusalOf(parsed.error.issues[0]);
  }
  const input: Record<string, unknown> = {};
  for (const { name, column } of names) {
    const value = parsed.data[name];
    if (value !== undefined) input[column] = value;
  }
  return input as InputOf<F>;
}

function refusalOf(issue: z.core.$ZodIssue | undefined): ApiError {
  const code: unknown = issue?.code === 'custom' ? issue.params?.['code'] : undefined;
  const rule = issue?.message ?? 'is not valid';
  return badParameter(String(issue?.path[0]), rule, typeof code === 'number' ? code : undefined);
}

interface FieldName {
  readonly name: string;
  readonly column: string;
  readonly is_array: boolean;
  /** `StartTime<=` for `StartTime<`: the name from a client that escapes the `=` too. */
  readonly alias: string | undefined;
}

const NAMES = new WeakMap<Fields, readonly FieldName[]>();

/**
 * The names of an operation's parameters. They are the same for every request, so they are cached.
 */
function namesOf(schema: Fields): readonly FieldName[] {
  let names = NAMES.get(schema);
  if (!names) {
    names = Object.entries(schema.shape).map(([name, field]) => ({
      name,
      column: snakeCase(name),
      is_array: takesArray(field),
      alias: /[<>]$/.test(name) ? `${name}=` : undefined,
    }));
    NAMES.set(schema, names);
  }
  return names;
}

/** `Name=a&Name=b`, and the spellings `Name[]` and `Name[0]` of some form libraries. */
function arrayOf(form: Form, name: string): readonly string[] | undefined {
  const values = [...form]
    .filter(([key]) => key === name || (key.startsWith(`${name}[`) && /\[\d{0,3}\]$/.test(key)))
    .flatMap(([, found]) => found);
  return values.length > 0 ? values : undefined;
}

function takesArray(field: z.ZodType): boolean {
  if (field instanceof z.ZodOptional) return takesArray(field.unwrap() as z.ZodType);
  if (field instanceof z.ZodPipe) return takesArray(field.in as z.ZodType);
  return field instanceof z.ZodArray;
}

/** The OpenAPI schema of a parameter. */
export function openApiOf(field: z.ZodType): Record<string, unknown> {
  if (field instanceof z.ZodOptional) return openApiOf(field.unwrap() as z.ZodType);
  const described = field.meta()?.['openapi'];
  if (!described) throw new Error('a field without its OpenAPI description');
  return described as Record<string, unknown>;
}
