import type { Selectable } from 'kysely';
import { z } from 'zod';
import { accountUri } from '../accounts/account.ts';
import type { MessageFeedbackTable } from '../db/tables/acting-tables.ts';
import { dates2010, resource, rfc2822Date, sid } from '../http/answers/resource.ts';

/** An application's report that the user did what the message was for. */
export type Feedback = Selectable<MessageFeedbackTable>;

export const OUTCOMES = ['confirmed', 'unconfirmed'] as const;

/** `Feedback`: docs/contract/messages.md, "Feedback". */
export const FEEDBACK = resource('Feedback', 'feedback', {
  account_sid: sid('AC'),
  date_created: rfc2822Date,
  date_updated: rfc2822Date,
  message_sid: z.string().regex(/^(?:SM|MM)[0-9a-fA-F]{32}$/),
  outcome: z.enum(OUTCOMES),
  uri: z.string(),
});

export function presentFeedback(feedback: Feedback) {
  const { account_sid, message_sid, outcome } = feedback;
  const uri = accountUri(account_sid, `/Messages/${message_sid}/Feedback`);
  return { account_sid, ...dates2010(feedback), message_sid, outcome, uri };
}
