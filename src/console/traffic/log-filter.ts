import { readCallAddress } from '../../calls/call-address.ts';
import { type Form, singleValue } from '../../http/parameters/form.ts';
import { badParameter } from '../../kit/api-error.ts';

/** What a list of messages or calls is narrowed to; an absent part filters nothing. */
export interface LogFilter<Direction extends string, Status extends string> {
  /** One of the customer's accounts. */
  readonly account?: string | undefined;
  readonly to?: string | undefined;
  readonly from?: string | undefined;
  readonly direction?: Direction | undefined;
  readonly status?: Status | undefined;
}

/** What can be chosen. */
export interface LogChoices<Direction extends string, Status extends string> {
  readonly directions: Readonly<Record<Direction, string>>;
  readonly statuses: readonly Status[];
}

/** The fields of the filter, by which a page knows whether it is on. */
export const FILTER_FIELDS = ['account', 'from', 'to', 'direction', 'status'] as const;

export const ADDRESS_LENGTH = 320;

/**
 * Reads the filter of a list's form; a field that was left empty filters nothing. A number may
 * be written in national form; one that is obscured is looked for as it stands.
 * @param tree the accounts that the list can be of
 * @param near a number in whose country national forms are read
 * @throws ApiError 400 naming the field that breaks its rule.
 */
export function readLogFilter<Direction extends string, Status extends string>(
  query: Form,
  tree: readonly string[],
  { directions, statuses }: LogChoices<Direction, Status>,
  near: string | null = null,
): LogFilter<Direction, Status> {
  const given = (name: string) => singleValue(query, name)?.trim() || undefined;
  const address = (name: string) => {
    const text = given(name);
    return text === undefined ? undefined : readAddress(name, text, near);
  };
  return {
    account: oneOf('account', given('account'), tree),
    to: address('to'),
    from: address('from'),
    direction: oneOf('direction', given('direction'), Object.keys(directions) as Direction[]),
    status: oneOf('status', given('status'), statuses),
  };
}

function readAddress(name: string, text: string, near: string | null): string {
  if (text.length > ADDRESS_LENGTH || !text.isWellFormed() || /\p{Cc}/u.test(text)) {
    throw badParameter(name, 'must be a number such as +14155550100');
  }
  return readCallAddress(text, near) ?? text;
}

function oneOf<Word extends string>(
  name: string,
  text: string | undefined,
  words: readonly Word[],
): Word | undefined {
  if (text === undefined) return undefined;
  const found = words.find((word) => word === text);
  if (found === undefined) throw badParameter(name, 'must be one of the list');
  return found;
}
