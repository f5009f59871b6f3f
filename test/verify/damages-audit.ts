import type { Damage } from './damages.ts';

/** Damages to the chain of an audit log. */
export const AUDIT_DAMAGES: readonly Damage[] = [
  {
    name: 'an audit event that says something else',
    do: (tx, { main }) =>
      tx
        .updateTable('audit_events')
        .set({ detail: '{}' })
        .where('account_sid', '=', main.sid)
        .where('number', '=', 2)
        .execute(),
    found: ({ main }) => [
      [
        'audit',
        main.sid,
        /^The audit log is broken\. The event AE\w{32}, number 3, does not follow: the event before it, AE\w{32}, was changed\.$/,
      ],
    ],
  },
  {
    name: 'an audit log that lost its end',
    do: (tx, { developer }) =>
      tx
        .deleteFrom('audit_events')
        .where('account_sid', '=', developer.sid)
        .where('number', '>', 1)
        .execute(),
    found: ({ developer }) => [['audit', developer.sid, /^The audit log lacks event 2 of 2\.$/]],
  },
  {
    name: 'an audit log without its chain',
    do: (tx, { developer }) =>
      tx.deleteFrom('audit_chains').where('account_sid', '=', developer.sid).execute(),
    found: ({ developer }) => [
      ['audit', developer.sid, /^The audit log has events and no chain\.$/],
    ],
  },
];
