import type { Problem } from '../../http/pages/page.ts';
import { ApiError } from '../../kit/api-error.ts';

/** Reads the filter of a page. A filter with an error comes back with the error beside it. */
export async function readOrExplain<Read>(
  read: () => Read | Promise<Read>,
): Promise<
  | { readonly value: Read; readonly problem: null }
  | { readonly value: null; readonly problem: Problem }
> {
  try {
    return { value: await read(), problem: null };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { value: null, problem: { message: error.message, broken: error.broken } };
  }
}
