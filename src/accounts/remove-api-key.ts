import type { Act } from '../audit/act.ts';
import { NotFound } from '../kit/api-error.ts';
import { deleteApiKey } from './api-key-store.ts';

/** Deletes an API key. It is refused from the commit on. @throws ApiError 404 */
export async function removeApiKey(
  { tx, record }: Act,
  account_sid: string,
  sid: string,
): Promise<void> {
  if (!(await deleteApiKey(tx, account_sid, sid))) throw new NotFound();
  record({ action: 'key.deleted', account_sid, target_sid: sid });
}
