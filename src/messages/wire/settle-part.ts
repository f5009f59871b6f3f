import { laneOf } from '../../access/main-accounts.ts';
import type { App } from '../../app.ts';
import { act } from '../../audit/act.ts';
import { SYSTEM } from '../../audit/audit-event.ts';
import { addToTimeline } from '../../carrier/timeline-store.ts';
import { fetchMessage } from '../message-store.ts';
import type { CarrierRef } from './carrier-ref-store.ts';
import { detailOf, notePart } from './message-parts.ts';
import { type Happening, settleWire } from './settle-wire.ts';

/**
 * Records a report about one part. A report after the end of its message changes no state, and its
 * timeline tells it.
 */
export async function settlePart(
  app: App,
  { message_sid: sid, account_sid, part, parts }: CarrierRef,
  report: Pick<Happening, 'by' | 'event' | 'code' | 'detail'>,
): Promise<void> {
  if (await settleWire(app, { ...report, sid, part })) return;
  const deed = async (doing: Parameters<Parameters<typeof act>[2]>[0]) => {
    const message = await fetchMessage(doing.tx, account_sid, sid);
    if (!message) return;
    const event = await notePart(doing, message, { ...report, part });
    if (event === null || parts > 1) return;
    const note = {
      carrier: report.by,
      message: `${event}, after the end`,
      ...detailOf(report.detail),
    };
    await addToTimeline(doing.tx, message, doing.now, [{ kind: 'note', detail: note }]);
  };
  await act(app, SYSTEM, deed, { lane: await laneOf(app, account_sid) });
}
