import type { Selectable } from 'kysely';
import { z } from 'zod';
import type { MessagingServicesTable } from '../db/tables/acting-tables.ts';
import { iso8601Date, sid } from '../http/answers/resource.ts';
import { iso8601 } from '../kit/utc.ts';

/** A set of an account's numbers. A message that names the service is sent by one of them. */
export type MessagingService = Selectable<MessagingServicesTable>;

/** The most numbers that a service names. */
export const MAX_SERVICE_NUMBERS = 400;

export const MESSAGING_SERVICE = z.object({
  sid: sid('MG'),
  account_sid: sid('AC'),
  phone_numbers: z.array(z.string()).nullable(),
  date_created: iso8601Date,
  date_updated: iso8601Date,
});

/** The numbers that a service names, in E.164; null: it has all numbers of its account. */
export function numbersOf({ phone_numbers }: MessagingService): readonly string[] | null {
  return phone_numbers === null ? null : (JSON.parse(phone_numbers) as string[]);
}

export function presentMessagingService(
  service: MessagingService,
): z.output<typeof MESSAGING_SERVICE> {
  const { account_sid, date_created, date_updated } = service;
  const phone_numbers = numbersOf(service);
  return {
    sid: service.sid,
    account_sid,
    phone_numbers: phone_numbers && [...phone_numbers],
    date_created: iso8601(date_created),
    date_updated: iso8601(date_updated),
  };
}
