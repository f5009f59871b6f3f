import type { App } from '../app.ts';
import { type Act, act } from '../audit/act.ts';
import { PLATFORM_LOG, SYSTEM } from '../audit/audit-event.ts';
import { removeCall } from '../calls/change-call.ts';
import type { Db } from '../db/database.ts';
import { readSetting, writeSetting } from '../db/settings-store.ts';
import { DAY_MS, dateText, dayOf } from '../kit/day.ts';
import { Slot } from '../kit/kept.ts';
import type { RetentionKind } from '../kit/settings/retention-settings.ts';
import { emptyMessage, removeMessage } from '../messages/change-message.ts';
import { deleteRecording } from '../recordings/delete-recording.ts';
import {
  deleteOldestEvents,
  hasOldEvents,
  listAccountsAfter,
  listOldCalls,
  listOldMessages,
  listOldRecordings,
  listOldTexts,
  type OldAccount,
  type Span,
} from './retention-store.ts';

/** One deed removes this many things at most, so that other deeds need not wait long. */
const BATCH = 50;
/** The deeds of one run. The next run goes on from there. */
const MAX_DEEDS = 1_000;
/** The accounts of one run that are looked at. */
const MAX_ACCOUNTS = 10_000;
const ACCOUNTS_AT_ONCE = 500;
/**
 * A message can be under way for this long after it was made: it may be scheduled 35 days ahead.
 * A run looks again at the days before, because they may have become complete since.
 */
const UNDER_WAY_DAYS = 40;

/** Removes the old things of one account. @returns the number of things, at most `BATCH`. */
type Removal = (act: Act, account_sid: string, span: Span) => Promise<number>;

const REMOVALS: Readonly<Record<RetentionKind, Removal>> = {
  'message-bodies': async (doing, account_sid, span) => {
    const messages = await listOldTexts(doing.tx, account_sid, span, BATCH);
    for (const message of messages) await emptyMessage(doing, message);
    tell(doing, account_sid, 'message.redacted', { messages: messages.length });
    return messages.length;
  },
  messages: async (doing, account_sid, span) => {
    const messages = await listOldMessages(doing.tx, account_sid, span, BATCH);
    for (const message of messages) await removeMessage(doing, message);
    tell(doing, account_sid, 'message.deleted', { messages: messages.length });
    return messages.length;
  },
  calls: async (doing, account_sid, span) => {
    const calls = await listOldCalls(doing.tx, account_sid, span, BATCH);
    for (const call of calls) await removeCall(doing, call);
    tell(doing, account_sid, 'call.deleted', { calls: calls.length });
    return calls.length;
  },
  recordings: async (doing, account_sid, span) => {
    const recordings = await listOldRecordings(doing.tx, account_sid, span, BATCH);
    for (const recording of recordings) await deleteRecording(doing, recording);
    return recordings.length;
  },
  audit: ({ app, tx }, account_sid, { until }) =>
    deleteOldestEvents(tx, app.database.engine, { account_sid, until, limit: BATCH }),
};

/** Whether an account has anything to remove. It is asked outside of the account's turn. */
const HAS_OLD: Readonly<
  Record<RetentionKind, (db: Db, account_sid: string, span: Span) => Promise<boolean>>
> = {
  'message-bodies': async (...asked) => (await listOldTexts(...asked, 1)).length > 0,
  messages: async (...asked) => (await listOldMessages(...asked, 1)).length > 0,
  calls: async (...asked) => (await listOldCalls(...asked, 1)).length > 0,
  recordings: async (...asked) => (await listOldRecordings(...asked, 1)).length > 0,
  audit: (db, account_sid, { until }) => hasOldEvents(db, account_sid, until),
};

/** One event tells of all things of a deed, because each of them is gone for the same reason. */
function tell(
  { record }: Act,
  account_sid: string,
  action: string,
  removed: Readonly<Record<string, number>>,
): void {
  if (Object.values(removed).every((things) => things === 0)) return;
  record({ action, account_sid, target_sid: null, detail: { ...removed, reason: 'retention' } });
}

/** The place that a pass over all accounts has reached. */
interface Pass {
  readonly until: number;
  readonly after: string;
  readonly removed: number;
}

const PASSES = new Slot(() => new Map<RetentionKind, Pass>());

/**
 * Removes data that is older than `TIELINE_RETENTION` allows, once a day for all accounts. A worker
 * calls it at intervals. A pass that is too long for one run goes on in the next.
 */
export async function applyRetention(app: App): Promise<void> {
  const budget = { deeds: MAX_DEEDS, accounts: MAX_ACCOUNTS };
  for (const [kind, days] of Object.entries(app.config.retention)) {
    if (days !== null) await goOn(app, kind as RetentionKind, days, budget);
  }
}

interface Budget {
  deeds: number;
  accounts: number;
}

async function goOn(app: App, kind: RetentionKind, days: number, budget: Budget): Promise<void> {
  const { database, kept, now } = app;
  const today = dayOf(now());
  const name = `retention.${kind}`;
  const done = Number((await readSetting(database.db, name)) ?? 0);
  const span = {
    from: Math.max(0, done - UNDER_WAY_DAYS * DAY_MS),
    until: (today - days) * DAY_MS,
  };
  if (span.until <= done) return;
  const passes = kept.get(PASSES);
  const begun = passes.get(kind);
  let { after, removed } = begun?.until === span.until ? begun : { after: '', removed: 0 };
  const isWhole = await overAccounts(app, after, budget, async (account) => {
    removed += await removeAll(app, kind, { account, span }, budget);
    if (budget.deeds > 0) after = account.sid;
    return budget.deeds > 0;
  });
  if (!isWhole) {
    passes.set(kind, { until: span.until, after, removed });
    return;
  }
  passes.delete(kind);
  await act(app, SYSTEM, async ({ tx, record }) => {
    await writeSetting(tx, name, String(span.until));
    if (removed === 0) return;
    const detail = { kind, before: dateText(dayOf(span.until)), removed };
    record({ action: 'retention.applied', account_sid: PLATFORM_LOG, target_sid: null, detail });
  });
}

/** Visits the accounts after a SID. @returns whether it reached the last one. */
async function overAccounts(
  { database }: App,
  after: string,
  budget: Budget,
  visit: (account: OldAccount) => Promise<boolean>,
): Promise<boolean> {
  // The platform's own audit log is the log of no account.
  if (after === '' && !(await visit({ sid: PLATFORM_LOG, owner_account_sid: '' }))) return false;
  let last = after;
  while (budget.accounts > 0) {
    const accounts = await listAccountsAfter(database.db, last, ACCOUNTS_AT_ONCE);
    for (const account of accounts) {
      if (!(await visit(account))) return false;
      last = account.sid;
    }
    budget.accounts -= accounts.length;
    if (accounts.length < ACCOUNTS_AT_ONCE) return true;
  }
  return false;
}

async function removeAll(
  app: App,
  kind: RetentionKind,
  { account, span }: { readonly account: OldAccount; readonly span: Span },
  budget: Budget,
): Promise<number> {
  const { sid, owner_account_sid } = account;
  if (!(await HAS_OLD[kind](app.database.db, sid, span))) return 0;
  let removed = 0;
  let count = BATCH;
  while (count === BATCH && budget.deeds > 0) {
    budget.deeds -= 1;
    const remove = (doing: Act) => REMOVALS[kind](doing, sid, span);
    count = await act(app, SYSTEM, remove, owner_account_sid);
    removed += count;
  }
  return removed;
}
