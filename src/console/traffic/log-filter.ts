import { readCallAddress } from '../../calls/call-address.ts';
import { type Form, singleValue } from '../../http/parameters/form.ts';
import { badParameter } from '../../kit/api-error.ts';
import { oneOf } from '../parts/one-of.ts';

/** The filter of a list of messages or calls. An absent part filters nothing. */
export interface LogFilter<Direction extends string, Status extends string> {
  /** One of the customer's accounts. */
  readonly account?: string | undefined;
  readonly to?: string | undefined;
  readonly from?: string | undefined;
  readonly direction?: Direction | undefined;
  readonly status?: Status | undefined;
}

/** The choices of the filter's form. */
export interface LogChoices<Direction extends string, Status extends string> {
  readonly directions: Readonly<Record<Direction, string>>;
  readonly statuses: readonly Status[];
}

/** The fields of the filter. A page sees by them whether a filter is on. */
export const FILTER_FIELDS = ['account', 'from', 'to', 'direction', 'status'] as const;

export const ADDRESS_LENGTH = 320;

/**
 * Reads the filter of a list's form. An empty field filters nothing. A number may be in national
 * form. An obscured number is searched for as it stands.
 * @param tree the accounts that the list may show
 * @param near a number whose country decides how national forms are read
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
