import { z } from 'zod';
import type { Tell } from './check-list.ts';
import { misfitsOf, shown } from './compare-shape.ts';
import { isWithheld, type Reach } from './reach.ts';
import type { Reader, Remote, Reply } from './remote.ts';

/** The schema of an error, as in docs/contract/errors.md, "The body of an error". */
const ERROR = z.object({
  code: z.int(),
  message: z.string(),
  more_info: z.string(),
  status: z.int(),
});

/** Checks the errors that are the same for all callers. */
export async function checkErrors(
  reader: Reader,
  remote: Remote,
  reach: Reach,
  tell: Tell,
): Promise<void> {
  const account = `/2010-04-01/Accounts/${remote.account_sid}`;
  const nobody = '0'.repeat(32);
  const missing = [
    `${account}/Messages/SM${nobody}.json`,
    `${account}/Calls/CA${nobody}.json`,
    `${account}/Usage/Triggers/UT${nobody}.json`,
    `${account}/ConnectApps/CN${nobody}.json`,
    `${account}/NoSuchThings.json`,
    `/v1/ConnectionPolicies/NY${nobody}`,
  ];
  for (const path of missing) {
    const reply = await reader.get(path);
    if (isWithheld(reach, null, reply)) continue;
    checkError(path, reply, { status: 404, code: 20404 }, tell);
  }
  const wrong = 'f'.repeat(32);
  const refused = await reader.get(`${account}.json`, wrong);
  checkError(`${account}.json with a wrong token`, refused, { status: 401, code: 20003 }, tell);
  if (!/^Basic\b/i.test(refused.header('www-authenticate') ?? '')) {
    tell(`${account}.json with a wrong token`, 'has no Basic challenge in WWW-Authenticate');
  }
}

function checkError(
  path: string,
  { status, json, text }: Reply,
  expected: { readonly status: number; readonly code: number },
  tell: Tell,
): void {
  if (status !== expected.status) {
    tell(
      path,
      `must be refused with ${expected.status}, and is answered with ${status}: ${shown(json ?? text)}`,
    );
    return;
  }
  for (const { place, rule } of misfitsOf(ERROR, json))
    tell(path, `${place || 'the error'} ${rule}`);
  const told = json as { readonly code?: unknown; readonly status?: unknown } | undefined;
  if (typeof told?.code === 'number' && told.code !== expected.code) {
    tell(path, `code must be ${expected.code}, and is ${told.code}`);
  }
  if (typeof told?.status === 'number' && told.status !== expected.status) {
    tell(path, `status must be ${expected.status}, and is ${told.status}`);
  }
}

/** A path without its SIDs and query, so that the same difference is recognised on other paths. */
export function errorPath(path: string): string {
  return path.replaceAll(/[A-Z]{2}[0-9a-fA-F]{32}/g, '…').replace(/\?.*$/, '');
}
