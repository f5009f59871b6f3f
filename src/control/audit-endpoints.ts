import { z } from 'zod';
import { listPlatformEvents } from '../audit/audit-store.ts';
import { iso8601Date } from '../http/answers/resource.ts';
import { controlReadEndpoint } from '../http/control-endpoint.ts';
import { iso8601 } from '../kit/utc.ts';
import { nothing } from './control-fields.ts';

/** The most events in one answer, newest first. */
const MAX_EVENTS = 1_000;

const EVENT = z.object({
  sid: z.string(),
  date_created: iso8601Date,
  actor_kind: z.string(),
  actor_sid: z.string().nullable(),
  action: z.string(),
  detail: z.record(z.string(), z.unknown()),
});

export const auditEndpoints = [
  controlReadEndpoint({
    id: 'ControlListPlatformAudit',
    summary:
      'The changes to the platform itself, such as its rates, with their authors, newest first',
    path: '/_tieline/audit',
    input: nothing,
    output: z.object({ events: z.array(EVENT) }),
    async handle({ db }) {
      const events = await listPlatformEvents(db, MAX_EVENTS);
      return {
        events: events.map(({ sid, date_created, actor_kind, actor_sid, action, detail }) => ({
          sid,
          date_created: iso8601(date_created),
          actor_kind,
          actor_sid,
          action,
          detail: JSON.parse(detail) as Record<string, unknown>,
        })),
      };
    },
  }),
];
