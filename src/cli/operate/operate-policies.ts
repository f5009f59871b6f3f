import { ConfigError } from '../../config.ts';
import type { Db } from '../../db/database.ts';
import { findPolicy } from '../../voice/connection-policy-store.ts';
import { EXPORT_FORMATS, exportPolicy } from '../../voice/export-policy.ts';
import { findTargetsOfPolicy } from '../../voice/target-store.ts';

/**
 * A connection policy in the form of another program.
 * @throws ConfigError for a program that is not known, and a policy that nobody has
 */
export async function exportedPolicy(db: Db, sid: string, program: string): Promise<string> {
  const format = EXPORT_FORMATS.find((one) => one === program);
  if (!format) throw new ConfigError(`--format must be one of ${EXPORT_FORMATS.join(', ')}.`);
  const policy = await findPolicy(db, sid);
  if (!policy) throw new ConfigError(`There is no connection policy ${sid}; look at its SID.`);
  return exportPolicy(format, policy, await findTargetsOfPolicy(db, sid));
}
