import {
  type AuditFilter,
  listActions,
  listAuditPage,
  type StoredAuditEvent,
} from '../../audit/audit-store.ts';
import type { Db } from '../../db/database.ts';
import { type AccountCall, accountPage, type Page, view } from '../../http/pages/page.ts';
import { iso8601 } from '../../kit/utc.ts';
import { readPage } from '../../pages/pager.ts';
import { fetchNames } from '../parts/account-list-store.ts';
import { readOrExplain } from '../parts/read-or-explain.ts';
import { readAuditFilter } from './audit-filter.ts';
import { auditBody } from './audit-views.ts';

/** The pages of the audit log of an account and its subaccounts. */

const LOG = '/console/:AccountSid/audit-log';
/** The newest entries whose actions the filter offers. */
const ACTIONS_FROM_EVENTS = 2_000;
/** The most lines of one export, the newest ones. The filter's days select older ones. */
const MAX_EXPORTED = 10_000;
const EXPORT_BATCH = 1_000;

const auditLogPage = accountPage({
  id: 'AuditLog',
  path: LOG,
  async show(call) {
    const { db, account, query } = call;
    const actions = await listActions(db, account.sid, ACTIONS_FROM_EVENTS);
    const request = readPage(query);
    const { value: filter, problem } = await readOrExplain(() => readAuditFilter(query));
    const found = filter
      ? await listAuditPage(db, account.sid, filter, request)
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
  const events: StoredAuditEvent[] = [];
  while (events.length < MAX_EXPORTED) {
    const position = events.at(-1);
    const from = position ? ({ direction: 'after', position } as const) : null;
    const request = { page: 0, page_size: EXPORT_BATCH, from };
    const { rows, has_next } = await listAuditPage(db, account.sid, filter, request);
    events.push(...rows);
    if (!has_next) break;
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
