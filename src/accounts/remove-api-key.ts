import type { Act } from '../audit/act.ts';
import { orNotFound } from '../kit/api-error.ts';
import { deleteApiKey } from './api-key-store.ts';

/** Deletes an API key. It is refused from the commit on. @throws ApiError 404 */
export async function removeApiKey(
  { tx, record }: Act,
  account_sid: string,
  sid: string,
): Promise<void> {
  orNotFound(await deleteApiKey(tx, account_sid, sid));
  record({ action: 'key.deleted', account_sid, target_sid: sid });
}
