import type { Account } from '../../src/accounts/account.ts';
import type { Tx } from '../../src/db/database.ts';
import type { Difference } from '../../src/usage/usage-difference.ts';
import type { World } from '../support/lively-world.ts';
import { START_OF_TIME } from '../support/test-app.ts';
import { AUDIT_DAMAGES } from './damages-audit.ts';

const DAY = 24 * 3_600_000;
/** The first of March 2026, in days since 1970. */
const MARCH = 20_513;

/** One damage to the database, with the differences that the verification names. */
export interface Damage {
  readonly name: string;
  readonly do: (tx: Tx, world: World) => Promise<unknown>;
  readonly found: (world: World) => readonly (readonly [Difference['promise'], string, RegExp])[];
}

const counterOf = (tx: Tx, { main }: World, scope: 'own' | 'subaccounts') =>
  tx
    .updateTable('usage_counters')
    .where('account_sid', '=', main.sid)
    .where('scope', '=', scope)
    .where('period', '=', 'm')
    .where('start', '=', MARCH)
    .where('category', '=', 'sms');

const aCredit = (tx: Tx, account: Account) =>
  tx
    .insertInto('balance_credits')
    .values({
      account_sid: account.sid,
      root_sid: account.owner_account_sid,
      key: 'k',
      amount_micro: 7e6,
      reason: 'x',
      date_created: START_OF_TIME,
    })
    .execute();

const LACKS = /^The audit log lacks event \d+ of \d+\.$/;

export const DAMAGES: readonly Damage[] = [
  {
    name: 'a counter that is one too high',
    do: (tx, world) =>
      counterOf(tx, world, 'subaccounts')
        .set((eb) => ({ count: eb('count', '+', 1) }))
        .execute(),
    found: ({ main }) => [
      [
        'I2',
        main.sid,
        /^The counter sms, subaccounts, of the month from 2026-03-01: the ledger says count 2, usage 2\.5, price 0\.0079; the counter says count 3, usage 2\.5, price 0\.0079\.$/,
      ],
    ],
  },
  {
    name: 'a counter with a price that is a millionth too low',
    do: (tx, world) =>
      counterOf(tx, world, 'own')
        .set((eb) => ({ price_micro: eb('price_micro', '-', 1) }))
        .execute(),
    found: ({ main }) => [['I2', main.sid, /^The counter sms, own, .*says .* price 0\.018699\.$/]],
  },
  {
    name: 'a counter too large for a number',
    do: (tx, world) =>
      counterOf(tx, world, 'own')
        .set((eb) => ({ usage_micro: eb.lit(9_000_000_000_000_000) }))
        .execute()
        .then(() =>
          counterOf(tx, world, 'own')
            .set((eb) => ({ usage_micro: eb('usage_micro', '*', 1_000) }))
            .execute(),
        ),
    found: ({ main }) => [['I2', main.sid, /the counter says count 3, usage 9000000000000, price/]],
  },
  {
    name: 'a missing counter',
    do: (tx, { sub }) =>
      tx
        .deleteFrom('usage_counters')
        .where('account_sid', '=', sub.sid)
        .where('period', '=', 'a')
        .where('category', '=', 'sms-outbound')
        .execute(),
    found: ({ sub }) => [
      [
        'I2',
        sub.sid,
        /^The counter sms-outbound, own, of the time since 1970-01-01: the ledger says count 2, usage 2\.5, price 0\.0079; the counter says count 0, usage 0, price 0\.$/,
      ],
    ],
  },
  {
    name: 'a counter of an invalid period',
    do: (tx, { main }) =>
      tx
        .insertInto('usage_counters')
        .values({
          root_sid: main.sid,
          account_sid: main.sid,
          scope: 'subaccounts',
          period: 'm',
          start: 20_531,
          category: 'sms',
          count: 1,
          usage_micro: 0,
          price_micro: 0,
        })
        .execute(),
    found: ({ main }) => [
      ['I2', main.sid, /^The counter sms, subaccounts, of the month from 2026-03-19: /],
    ],
  },
  {
    name: 'an event that was counted earlier than usage is taken',
    do: (tx) =>
      tx
        .updateTable('usage_events')
        .set((eb) => ({ date_created: eb('date_created', '+', 36 * DAY) }))
        .where('key', '=', 'b')
        .execute(),
    found: ({ sub }) => [['I3', sub.sid, /^The event "b" is of 2026-03-18T23:31:36Z, counted at /]],
  },
  {
    name: 'a trigger that has not fired',
    do: async (tx, { trigger_sid }) => {
      await tx.deleteFrom('usage_trigger_fires').execute();
      await tx.deleteFrom('deliveries').execute();
      await tx.deleteFrom('audit_events').where('target_sid', '=', trigger_sid).execute();
    },
    found: ({ main, trigger_sid }) => [
      ['I4', main.sid, new RegExp(`^The trigger ${trigger_sid} fires at 4, its sum is 5, and it `)],
      ['audit', main.sid, LACKS],
    ],
  },
  {
    name: 'counters whose parts of the way to a trigger are too long together',
    do: async (tx, world) => {
      await counterOf(tx, world, 'own').set({ next_count: 51 }).execute();
      await counterOf(tx, world, 'subaccounts').set({ next_count: 51 }).execute();
    },
    found: ({ main }) => [['I4', main.sid, /fires at 100, and its counter looks again at 101\.$/]],
  },
  {
    name: 'a counter that looks for its triggers too late',
    do: (tx, world) => counterOf(tx, world, 'own').set({ next_count: 1_000 }).execute(),
    found: ({ main }) => [
      ['I4', main.sid, /fires at 100, and its counter looks again at 10\d\d\.$/],
    ],
  },
  {
    name: 'a trigger that fired too early',
    do: (tx) => tx.updateTable('usage_trigger_fires').set({ value: 3 }).execute(),
    found: ({ main }) => [['I4', main.sid, / in 202603 was at 3, below its value of 4\.$/]],
  },
  {
    name: 'a fire without its callback',
    do: (tx) => tx.deleteFrom('deliveries').execute(),
    found: ({ main }) => [['I5', main.sid, / has the callback DL\w{32}, which is missing\.$/]],
  },
  {
    name: 'a fire without its event in the audit log',
    do: (tx) => tx.deleteFrom('audit_events').where('action', '=', 'usage_trigger.fired').execute(),
    found: ({ main }) => [
      ['I5', main.sid, / in 202603 is in the audit log 0 times\.$/],
      ['audit', main.sid, LACKS],
    ],
  },
  {
    name: 'a callback and an audit event without their fire',
    do: async (tx) => {
      await tx.updateTable('usage_trigger_fires').set({ trigger_sid: 'UTother' }).execute();
      await tx.deleteFrom('usage_triggers').execute();
    },
    found: ({ main }) => [
      ['I5', main.sid, /^The fire of the trigger UTother in 202603 is in the audit log 0 times\.$/],
      ['I5', main.sid, /^The audit event AE\w{32} is for 0 fires of UT\w{32}\.$/],
      ['I5', main.sid, /^The delivery DL\w{32} is for a fire that does not exist\.$/],
    ],
  },
  {
    name: 'a delivery that waits for ever',
    do: (tx) => tx.updateTable('deliveries').set({ date_next: null }).execute(),
    found: ({ main }) => [['I6', main.sid, / is pending and never falls due\.$/]],
  },
  {
    name: 'a delivery that waits too long',
    do: (tx) =>
      tx
        .updateTable('deliveries')
        .set({ date_next: START_OF_TIME + 90 * DAY })
        .execute(),
    found: ({ main }) => [['I6', main.sid, / is pending for longer than any schedule says\.$/]],
  },
  {
    name: 'a delivery without an attempt that arrived',
    do: (tx) => tx.updateTable('deliveries').set({ state: 'delivered', date_next: null }).execute(),
    found: ({ main }) => [['I6', main.sid, / is delivered, but no attempt arrived\.$/]],
  },
  {
    name: 'a grant whose subaccount is another account',
    do: (tx, { sub, grant }) =>
      tx
        .updateTable('grants')
        .set({ subaccount_sid: sub.sid })
        .where('sid', '=', grant.sid)
        .execute(),
    found: ({ main, grant }) => [
      ['I8', grant.subaccount_sid, /^The account was made by the grant GR\w{32}, which does not /],
      ['I8', main.sid, /^The grant GR\w{32} has the subaccount AC\w{32}, which it did not make\.$/],
    ],
  },
  {
    name: 'a grant without its event in the audit log',
    do: (tx, { grant }) =>
      tx.deleteFrom('audit_events').where('target_sid', '=', grant.sid).execute(),
    found: ({ main }) => [
      ['I8', main.sid, /^The grant GR\w{32} was given once, and the audit log says 0 times\.$/],
      ['I8', main.sid, /^The grant GR\w{32} is version 2, and the audit log has 0 renewals\.$/],
      ['audit', main.sid, LACKS],
    ],
  },
  {
    name: 'an audit event of a grant that does not exist',
    do: (tx) =>
      tx
        .updateTable('audit_events')
        .set({ action: 'grant.given' })
        .where('action', '=', 'connect_app.created')
        .execute(),
    found: ({ developer }) => [
      ['I8', developer.sid, / gave the grant CN\w{32}, which is missing\.$/],
      ['audit', developer.sid, /^The audit log is broken\. .* was changed\.$/],
    ],
  },
  ...AUDIT_DAMAGES,
  {
    name: 'a subaccount with a balance of its own',
    do: (tx, { sub }) =>
      tx.updateTable('accounts').set({ balance_micro: 1 }).where('sid', '=', sub.sid).execute(),
    found: ({ sub }) => [['balance', sub.sid, /^The subaccount has a balance of its own\.$/]],
  },
  {
    name: 'a balance that the ledger has not spent',
    do: (tx, { main }) =>
      tx
        .updateTable('accounts')
        .set((eb) => ({ balance_micro: eb('balance_micro', '-', 1) }))
        .where('sid', '=', main.sid)
        .execute(),
    found: ({ main }) => [
      [
        'balance',
        main.sid,
        /^The balance is 999\.973399, the ledger has spent 0\.0266, and 0\.00 was credited, which makes 999\.999999: /,
      ],
    ],
  },
  {
    name: 'a balance that was spent without usage',
    do: (tx, { idle }) =>
      tx.updateTable('accounts').set({ balance_micro: 5 }).where('sid', '=', idle.sid).execute(),
    found: ({ idle }) => [
      ['balance', idle.sid, /^The balance is 0\.000005, and there is no usage\.$/],
    ],
  },
  {
    name: 'a credit that no balance has',
    do: (tx, { main }) => aCredit(tx, main),
    found: ({ main }) => [
      ['balance', main.sid, /^The balance is 999\.9734, .* and 7\.00 was credited, .* 993: /],
    ],
  },
  {
    name: 'a credit that no balance has, without usage',
    do: (tx, { idle }) => aCredit(tx, idle),
    found: ({ idle }) => [
      [
        'balance',
        idle.sid,
        /^The balance is 1000\.00, 7\.00 was credited, and there is no usage\.$/,
      ],
    ],
  },
  {
    name: 'a credit of a subaccount',
    do: (tx, { sub }) => aCredit(tx, sub),
    found: ({ sub }) => [['balance', sub.sid, /^The subaccount has a balance of its own\.$/]],
  },
];
