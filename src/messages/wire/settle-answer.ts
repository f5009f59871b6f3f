import type { App } from '../../app.ts';
import type { Submitted } from '../../carriers/message-carrier.ts';
import { type Happening, settleWire } from './settle-wire.ts';

/** Records the answer of a carrier to a submission, with the ids of the parts that it took. */
export async function settleAnswer(
  app: App,
  of: Pick<Happening, 'sid' | 'by'>,
  submitted: Submitted,
): Promise<void> {
  if (submitted.is !== 'accepted') {
    await settleWire(app, { ...of, event: submitted.is, ...submitted });
    return;
  }
  const { refs } = submitted;
  const ids = refs.filter((ref) => ref !== '').join(', ');
  await settleWire(app, {
    ...of,
    event: 'accepted',
    detail: ids === '' ? null : `its id there: ${ids}`,
    taken: { refs, parts: refs.length },
  });
}
