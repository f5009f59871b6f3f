import { z } from 'zod';
import { DAY_MS, readDate } from '../../kit/day.ts';
import type { EpochMs } from '../../kit/utc.ts';

/** A span of time. It includes `from` and excludes `until`. */
export interface Span {
  readonly from: EpochMs;
  readonly until: EpochMs;
}

const SECOND_MS = 1_000;
/** An unescaped `+` in a query arrives as a space, so a zone may begin with one. */
const TIME =
  /^(\d{4}-\d{2}-\d{2})(?:[Tt ]((?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:[.,]\d{1,9})?)?)([Zz]|[+ -]\d{2}:?\d{2})?)?$/;
/** The start of a day in UTC. */
const MIDNIGHT = /^00:00(?::00(?:[.,]0+)?)?(?:Z|[+ -]00:?00)?$/i;

/**
 * Reads a day (`2026-03-18`) or a time in ISO 8601. A day is the whole day in UTC. A time is its
 * second, in UTC unless the time names another zone. Midnight in UTC means the whole day, because
 * SDKs have no other way to write a day.
 * @returns null for anything else.
 */
export function readSpan(text: string): Span | null {
  const [, date = text, time = '00:00', zone = 'Z'] = TIME.exec(text) ?? [];
  const day = readDate(date);
  if (day === null) return null;
  if (MIDNIGHT.test(`${time}${zone}`)) return { from: day * DAY_MS, until: (day + 1) * DAY_MS };
  const ms = Date.parse(`${date}T${time.replace(',', '.')}${zone.replace(' ', '+')}`);
  if (!Number.isFinite(ms)) return null;
  const from = Math.floor(ms / SECOND_MS) * SECOND_MS;
  return { from, until: from + SECOND_MS };
}

const span = z
  .string()
  .transform(readSpan)
  .refine(
    (read) => read !== null,
    'must be a date such as 2026-03-18 or a time such as 2026-03-18T23:31:36Z',
  )
  .meta({ openapi: { type: 'string', pattern: TIME.source } });

type Names<Name extends string> = Name | `${Name}<` | `${Name}>`;
type DateFilters<Name extends string> = {
  readonly [Key in Names<Name>]: z.ZodOptional<typeof span>;
};

/**
 * The three filters of a list by a date: `StartTime=` on the date, `StartTime<=` up to it and
 * `StartTime>=` from it on. All three include the day or second that they name. The `<` or `>` is
 * part of the parameter's name, because a name in a query ends at the first `=`.
 */
export function dateFilters<Name extends string>(name: Name): DateFilters<Name> {
  const filters = [name, `${name}<`, `${name}>`].map((one) => [one, span.optional()]);
  return Object.fromEntries(filters) as DateFilters<Name>;
}

type DateInput<Column extends string> = { readonly [Key in Names<Column>]?: Span };

/**
 * The span that matches all given filters. Without a filter for a side, that side has no bound.
 * @param column the parameter's name in the input: `start_time`
 */
export function spanOf<Column extends string>(input: DateInput<Column>, column: Column): Span {
  const given = input as Readonly<Record<string, Span | undefined>>;
  const [on, upTo, since] = [given[column], given[`${column}<`], given[`${column}>`]];
  return {
    from: Math.max(on?.from ?? 0, since?.from ?? 0),
    until: Math.min(on?.until ?? Number.MAX_SAFE_INTEGER, upTo?.until ?? Number.MAX_SAFE_INTEGER),
  };
}
