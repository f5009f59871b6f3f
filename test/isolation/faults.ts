import type { Reply } from '../support/test-app.ts';
import type { Cell } from './cells.ts';
import { seesTokens } from './expected.ts';
import type { Change } from './rows.ts';
import type { World } from './world.ts';

/**
 * The faults of the answer to a cell, in words. An expected answer has none.
 * @param seen the answer in the form of `comparable`
 */
export function faultsOf(world: World, cell: Cell, reply: Reply, seen: string): string[] {
  const faults: string[] = [];
  const { status, text } = reply;
  const code = codeIn(text);
  const expectedCode = cell.method === 'HEAD' || cell.status < 300 ? null : cell.code;
  if (status !== cell.status || (status >= 300 && code !== expectedCode)) {
    faults.push(`expected ${cell.status}/${expectedCode}, was answered ${status}/${code}`);
  }
  if (cell.method === 'HEAD' && text !== '') faults.push('a HEAD has a body');
  const isAsExpected = faults.length === 0;
  for (const sid of isAsExpected ? cell.holds : []) {
    if (!text.includes(sid)) faults.push(`${sid} is missing`);
  }
  return [
    ...faults,
    ...(isAsExpected && status >= 400 ? faultsInRefusal(cell, reply) : []),
    ...foreignIn(world, cell, text),
    ...secretsIn(world, cell, reply, seen),
  ];
}

const REASON =
  /^app="CN\w{32}", grant="(GR\w{32})"(, missing="(get|post)-all")?, reauthorize=\?[01]$/;

/** A refusal challenges unknown callers and gives the reason to apps only. */
function faultsInRefusal({ principal, status }: Cell, { headers, text }: Reply): string[] {
  const faults: string[] = [];
  const challenge = headers['www-authenticate'];
  if ((challenge === 'Basic realm="Twilio API"') !== (status === 401)) {
    faults.push(`WWW-Authenticate is ${challenge}`);
  }
  const reason = headers['tieline-reason'];
  const isTold = principal.who.is === 'app' && (status === 401 || status === 403);
  if (isTold ? REASON.exec(reason ?? '')?.[1] !== principal.grant_sid : status !== 404 && reason) {
    faults.push(`Tieline-Reason is ${reason}`);
  }
  if (text.startsWith('{')) {
    const fields = Object.keys(JSON.parse(text) as object)
      .toSorted()
      .join();
    if (fields !== 'code,message,more_info,status') faults.push(`the error has ${fields}`);
  }
  return faults;
}

/** The error code in a JSON or an XML body. */
function codeIn(text: string): number | null {
  const [, json, xml] = /"code":(\d+)|<Code>(\d+)<\/Code>/.exec(text) ?? [];
  return json || xml ? Number(json ?? xml) : null;
}

/** Words and SIDs of tenants that the answer must not show. Values of the request may come back. */
function foreignIn({ sids }: World, cell: Cell, text: string): string[] {
  const sent = `${cell.url}${JSON.stringify(cell.form ?? {})}`;
  const faults: string[] = [];
  for (const [word, name = ''] of text.matchAll(/CANARY-([a-z0-9]+)-\w+/gi)) {
    if (cell.shows.has(name) || sent.includes(word)) continue;
    faults.push(`holds ${word}`);
  }
  const parent = cell.account.account?.owner_account_sid;
  for (const [sid] of text.matchAll(/[A-Z]{2}[0-9a-f]{32}/g)) {
    const name = sids.get(sid);
    if (name === undefined || cell.shows.has(name) || sid === parent || sent.includes(sid))
      continue;
    faults.push(`holds ${sid} of ${name}`);
  }
  // The customer sees of an authorised app the data of the consent page, but not its URLs.
  if (cell.what === 'authorised apps' && /-(authorize_redirect|deauthorize_callback)_/.test(text)) {
    faults.push("holds the app's own URLs");
  }
  return faults;
}

/** Tokens, key secrets, sealed values and digests that the answer must not hold. */
function secretsIn(world: World, cell: Cell, reply: Reply, seen: string): string[] {
  const { principal, shows, what } = cell;
  const faults: string[] = [];
  for (const opens of knownSecrets(world, seen)) {
    const isShown = opens !== null && what !== null && seesTokens(principal.who, what);
    if (!isShown || !shows.has(opens)) faults.push(`holds a secret of ${opens ?? 'somebody'}`);
  }
  if (principal.who.is === 'app' && /"auth_token":(?!null)|<AuthToken>/.test(reply.text)) {
    faults.push('shows an app an auth token');
  }
  return faults;
}

/** The known secrets in a text, each as the name of its account. */
export function knownSecrets({ secrets, clean }: World, text: string): (string | null)[] {
  // Many refusals are alike, so each text is searched once.
  if (clean.has(text)) return [];
  const found: (string | null)[] = [];
  for (const [word] of text.matchAll(/[\w.-]{20,}/g)) {
    const opens = secrets.get(word);
    if (opens !== undefined) found.push(opens);
  }
  if (found.length === 0) clean.add(text);
  return found;
}

const VARYING: ReadonlySet<string> = new Set([
  'date',
  'twilio-request-id',
  'twilio-request-duration',
  'twilio-concurrent-requests',
]);

/** An answer without the requested path and without the parts that differ in each request. */
export function comparable({ path }: Cell, { status, headers, text }: Reply): string {
  const kept = Object.entries(headers).filter(([name]) => !VARYING.has(name));
  const body = text.replaceAll(path, '-').replaceAll(path.replace(/^\/v1/, ''), '-');
  return JSON.stringify([status, kept.toSorted(([a], [b]) => (a < b ? -1 : 1)), body]);
}

/** The audit log, and the end of each account's chain. */
const LOGS: ReadonlySet<string> = new Set(['audit_events', 'audit_chains']);

/** The forbidden changes of an allowed request, and the expected changes that are missing. */
export function faultsInChanges(world: World, cell: Cell, changes: readonly Change[]): string[] {
  const { account, principal } = cell;
  const things = changes.filter(({ table }) => !LOGS.has(table));
  const faults: string[] = [];
  if (things.length === 0) faults.push('changed nothing');
  if (things.length === changes.length) faults.push('left no trace in the audit log');
  const made = things.filter(({ table }) => table === 'accounts').map(sidOf);
  const own = new Set([account.account?.sid, ...(cell.what === 'new account' ? made : [])]);
  for (const { table, before, after } of changes) {
    const row = after ?? before ?? {};
    const whose = String(table === 'accounts' ? row['sid'] : row['account_sid']);
    const isParents = LOGS.has(table) && whose === account.account?.owner_account_sid;
    if (own.has(whose) || isParents) continue;
    if (whose === account.account?.owner_account_sid && isPaying({ table, before, after }))
      continue;
    const name = world.sids.get(whose) ?? 'somebody';
    faults.push(`changed ${table} of ${name}`);
  }
  for (const { table, before, after } of things) {
    const by = after?.['created_by_grant'];
    if (before || by === undefined || by === (principal.grant_sid ?? null)) continue;
    faults.push(`made a row of ${table} that does not say by which grant`);
  }
  return faults;
}

/** Whether a change is the payment of a subaccount's usage, or a sum over all subaccounts. */
function isPaying({ table, before, after }: Change): boolean {
  if (table === 'usage_counters') return after?.['scope'] === 'subaccounts';
  const others = (row: Change['after']) => JSON.stringify({ ...row, balance_micro: null });
  return table === 'accounts' && before !== null && others(before) === others(after);
}

function sidOf({ after, before }: Change): string {
  return String((after ?? before)?.['sid']);
}

/** One line with the cell and its faults. */
export function report(cell: Cell, faults: readonly string[], reply?: Reply): string {
  const { principal, target, operation, url } = cell;
  const answer = reply ? `\n    ${reply.status} ${reply.text.slice(0, 300)}` : '';
  return `${principal.name} → ${target}: ${operation}\n    ${url}: ${faults.join('; ')}${answer}`;
}
