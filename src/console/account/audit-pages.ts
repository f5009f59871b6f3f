import {
  type AuditFilter,
  listActions,
  listAuditPage,
  type StoredAuditEvent,
} from '../../audit/audit-store.ts';
import type { Db } from '../../db/database.ts';
import type { PageRequest, Position } from '../../db/keyset.ts';
import { type AccountCall, accountPage, type Page, view } from '../../http/pages/page.ts';
import { iso8601 } from '../../kit/utc.ts';
import { readPage } from '../../pages/pager.ts';
import { fetchNames } from '../parts/account-list-store.ts';
import { listTree } from '../parts/doer-store.ts';
import { mergePages } from '../parts/merge-pages.ts';
import { readOrExplain } from '../parts/read-or-explain.ts';
import { readAuditFilter } from './audit-filter.ts';
import { auditBody } from './audit-views.ts';

/** The pages of the audit log of an account and its subaccounts. */

const LOG = '/console/:AccountSid/audit-log';
/** The newest entries whose actions the filter offers. */
const ACTIONS_FROM_EVENTS = 1_000;
/** The most lines of one export, the newest ones. The filter's days select older ones. */
const MAX_EXPORTED = 10_000;
const EXPORT_BATCH = 1_000;

const auditLogPage = accountPage({
  id: 'AuditLog',
  path: LOG,
  async show(call) {
    const { db, account, query } = call;
    const tree = await listTree(db, account.sid);
    const actions = await actionsOf(db, tree);
    const request = readPage(query);
    const { value: filter, problem } = await readOrExplain(() => readAuditFilter(query));
    const found = filter
      ? await readLog(db, tree, filter, request)
      : { rows: [], has_next: false, has_previous: false };
    const names = await namesOf(db, found.rows);
    const filled = { ...call, form: query, problem };
    return view({
      title: 'Audit Log',
      section: 'audit-log',
      ...(problem && { status: 400 }),
      body: auditBody(filled, { found, request, names, actions, most: MAX_EXPORTED }),
    });
  },
});

/** The actions in the newest entries of some accounts. */
async function actionsOf(db: Db, tree: readonly string[]): Promise<string[]> {
  const some = await Promise.all(tree.map((sid) => listActions(db, sid, ACTIONS_FROM_EVENTS)));
  return [...new Set(some.flat())].toSorted();
}

/** One page of the log of a main account and its subaccounts. */
function readLog(db: Db, tree: readonly string[], filter: AuditFilter, request: PageRequest) {
  return mergePages(
    request,
    tree.map((sid) => (page: PageRequest) => listAuditPage(db, sid, filter, page)),
  );
}

function namesOf(
  db: Db,
  events: readonly StoredAuditEvent[],
): Promise<ReadonlyMap<string, string>> {
  const sids = events.flatMap(({ actor_sid, target_sid }) => [actor_sid, target_sid]);
  return fetchNames(db, [...new Set(sids.filter((sid) => sid !== null))]);
}

const exportPage = accountPage({
  id: 'AuditLogExport',
  path: `${LOG}/export`,
  async show(call) {
    const { app, account } = call;
    const filter = readAuditFilter(call.query);
    const events = await eventsToExport(call, filter);
    const day = iso8601(app.now()).slice(0, 10);
    return {
      kind: 'file',
      type: 'text/csv; charset=utf-8',
      bytes: await csvOf(call.db, events),
      headers: {
        'content-disposition': `attachment; filename="audit-log-${account.sid}-${day}.csv"`,
      },
    };
  },
});

async function eventsToExport(
  { db, account }: AccountCall,
  filter: AuditFilter,
): Promise<StoredAuditEvent[]> {
  const tree = await listTree(db, account.sid);
  const events: StoredAuditEvent[] = [];
  let position: Position | undefined;
  while (events.length < MAX_EXPORTED) {
    const from = position ? ({ direction: 'after', position } as const) : null;
    const request = { page: 0, page_size: EXPORT_BATCH, from };
    const { rows, has_next, searched_to } = await readLog(db, tree, filter, request);
    events.push(...rows);
    if (!has_next) break;
    position = searched_to ?? rows.at(-1);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return events;
}

const COLUMNS = [
  'Date',
  'AccountSid',
  'ActorKind',
  'ActorSid',
  'ActorName',
  'Action',
  'TargetSid',
  'Detail',
];

/** Writes every cell in quotes, and a formula as text (docs/threats.md, T37). */
async function csvOf(db: Db, events: readonly StoredAuditEvent[]): Promise<string> {
  const { stringify } = await import('csv-stringify/sync');
  const names = new Map<string, string>();
  for (let start = 0; start < events.length; start += EXPORT_BATCH) {
    const some = await namesOf(db, events.slice(start, start + EXPORT_BATCH));
    for (const [sid, name] of some) names.set(sid, name);
  }
  const lines = events.map((event) => [
    iso8601(event.date_created),
    event.account_sid,
    event.actor_kind,
    event.actor_sid ?? '',
    names.get(event.actor_sid ?? '') ?? '',
    event.action,
    event.target_sid ?? '',
    event.detail,
  ]);
  return stringify(lines, {
    header: true,
    columns: COLUMNS,
    quoted: true,
    escape_formulas: true,
    record_delimiter: 'windows',
  });
}

export const auditPages: readonly Page[] = [auditLogPage, exportPage];
