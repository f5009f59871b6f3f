import { CompiledQuery } from 'kysely';
import type { Db } from '../../src/db/database.ts';
import type { Statement } from './statements.ts';

/**
 * Statements that read or sort more rows than they answer, and the reason why these are few or why
 * their number is part of the answer.
 */
const FEW: readonly (readonly [RegExp, string])[] = [
  [/^with recursive hosts/, 'it goes from host to host'],
  [/from grants where connect_app_sid = .* and account_sid = /, 'the key of a grant'],
  [/from usage_triggers where account_sid in/, 'an account has a limited number of triggers'],
  [
    /^select count\(\*\) as count from (?:accounts|connect_apps) /,
    'the number of open ones is limited',
  ],
  [/from (?:memberships|one_time_links|sessions) /, 'of one person or one account'],
  [/from transcriptions where .*recording_sid/, 'of one recording, or of those that a page shows'],
  [/from connect_apps as app where app.account_sid = /, 'apps of one account'],
  [/^select accounts.sid from accounts where owner_account_sid = /, 'it answers all of them'],
  [
    /from incoming_phone_numbers where account_sid in/,
    'an account has a limited number of numbers',
  ],
  [/from connection_policies where account_sid in/, 'an account has a limited number of policies'],
  [/from usage_counters /, 'counters of days, not of events'],
  [/^select grant.sid, grant.monthly_limit_micro/, 'grants of one customer'],
  [
    /^select (?:permissions, )?count\(\*\) as count from grants|^select (?:connect_app_sid, )?permissions, count/,
    'it counts customers',
  ],
  [/^select sid from deliveries where host = /, 'it passes by those that are being sent'],
  [/in \(select value from json_each/, 'rows by their keys'],
  [/from (?:calls|messages|carrier_tasks) where .*kind = /, 'things that are under way'],
  [/^update recordings set status_callback/, 'those with a callback of the app'],
  [/from grants where connect_app_sid = .* order by sid/, 'it answers all of them'],
  [/^select distinct \w+ from \(select/, 'the newest rows'],
  [
    /count\(\*\) as (?:count|total).* from stock_numbers/,
    'the stock has a limited number of numbers',
  ],
];

/** The tables in which one account, or the whole platform, may have any number of rows. */
const LARGE =
  /^(?:messages|calls|deliveries|delivery_attempts|audit_events|recordings|transcriptions|message_media|timeline|security_events|grants|accounts|stock_numbers|people|carrier_tasks|usage_events|idempotency_keys|interactions|sessions)$/;

/** Tables with few rows however large the data is. */
const SMALL =
  /^(?:usage_rates|snapshots|processes|settings|sealing|sealing_keys|kysely_migration)$/;

const reasonOf = ({ text }: Statement) => FEW.find(([words]) => words.test(plain(text)))?.[1];

/** A statement without quotes and line breaks. */
function plain(text: string): string {
  return text.replaceAll('"', '').replaceAll(/\s+/g, ' ').trim();
}

/** The columns that the conditions of a statement compare. */
function comparedIn(text: string): Set<string> {
  const conditions = text.split(' where ').slice(1).join(' and ');
  const found = conditions.matchAll(
    /(?<!\|\| '' )\b(\w+) (?:=|<>|!=|in|is|is not) (?:\?|\(|null|')/g,
  );
  return new Set([...found].map(([, column = '']) => column));
}

/** The columns of a search among a limited number of rows, or of one row that its key finds. */
const BESIDES =
  /^(?:account_sid|sid|date_\w+|start_time|end_time|lease|leased_until|content|number)$/;

export async function faultsOnSqlite(db: Db, statement: Statement): Promise<string[]> {
  if (reasonOf(statement) !== undefined) return [];
  const text = plain(statement.text);
  const ask = (query: string) =>
    db.executeQuery<Record<string, string | null>>(CompiledQuery.raw(query, []));
  const { rows } = await ask(`explain query plan ${statement.text}`);
  const { rows: indexes } = await ask("select name, sql from sqlite_master where type = 'index'");
  const predicates = new Map(indexes.map(({ name, sql }) => [name, sql?.split(/ where /i)[1]]));
  const faults: string[] = [];
  let answered = '';
  for (const { detail } of rows) {
    answered += ` ${detail} ${predicates.get(/ INDEX (\w+)/.exec(detail ?? '')?.[1] ?? '') ?? ''}`;
    const [, name = '', how = ''] = /^SCAN (\w+)(.*)/.exec(detail ?? '') ?? [];
    const isTable = new RegExp(`(?:from|join|update) ${name}\\b|from \\w+ as ${name}\\b`).test(
      text,
    );
    if (name === '' || SMALL.test(name) || !isTable) continue;
    if (!how.includes('INDEX') || !text.includes(' limit ')) faults.push(`${detail}`);
  }
  if (![...text.matchAll(/(?:from|update) (\w+)/g)].some(([, table = '']) => LARGE.test(table))) {
    return faults;
  }
  if (answered.includes('FOR ORDER BY')) faults.push('a sort');
  if (/ SEARCH \w+ USING (?:COVERING )?INDEX sqlite_autoindex_\w+ \(\w*sid=\?/.test(answered))
    return faults;
  for (const column of comparedIn(text)) {
    const isAnswered = new RegExp(`\\b${column}\\b`).test(answered) || BESIDES.test(column);
    if (!isAnswered) faults.push(`${column} has no index`);
  }
  return faults;
}

interface Plan {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Cond'?: string;
  readonly Filter?: string;
  readonly Plans?: readonly Plan[];
}

/** Ways of PostgreSQL that need no index. It then takes them only where no index would do. */
const WAYS = ['seqscan', 'sort', 'bitmapscan', 'hashjoin', 'mergejoin', 'hashagg'];

export async function faultsOnPostgres(db: Db, statement: Statement): Promise<string[]> {
  if (reasonOf(statement) !== undefined) return [];
  const { text } = statement;
  const values = [...statement.values];
  // For a short page of a small table it may be right to read past rows that do not match.
  for (const [, at] of text.matchAll(/limit \$(\d+)/g)) values[Number(at) - 1] = 1_000_000;
  const { rows } = await db.connection().execute(async (one) => {
    for (const way of WAYS) {
      await one.executeQuery(CompiledQuery.raw(`set enable_${way} = off`, []));
    }
    return one.executeQuery<{ 'QUERY PLAN': readonly { Plan: Plan }[] }>(
      CompiledQuery.raw(`explain (format json) ${text}`, values),
    );
  });
  const [plan] = rows[0]?.['QUERY PLAN'] ?? [];
  return plan ? faultsOf(plan.Plan) : [];
}

function faultsOf(plan: Plan): string[] {
  const { 'Node Type': type, 'Relation Name': table = '', Filter: filter = '' } = plan;
  const faults = (plan.Plans ?? []).flatMap(faultsOf);
  if (type === 'Seq Scan' && !SMALL.test(table)) faults.push(`${type} of ${table}`);
  if (
    type === 'Sort' &&
    JSON.stringify(plan)
      .split('"')
      .some((word) => LARGE.test(word))
  ) {
    faults.push('a sort');
  }
  const isOne = /\b(?:sid|grant) = /.test(plan['Index Cond'] ?? '');
  if (!LARGE.test(table) || isOne) return faults;
  for (const [, column = ''] of filter.matchAll(/\("?(\w+)"? = (?!ANY)/g)) {
    if (!BESIDES.test(column)) faults.push(`${table} ${filter}`);
  }
  return faults;
}
