import { laneOf } from '../../access/main-accounts.ts';
import type { App } from '../../app.ts';
import type { VoiceCarrier } from '../../carriers/voice-carrier.ts';
import { endCall } from '../end-call.ts';
import { deleteLeg, provenAt, type SeenLeg, takeLeg } from './leg-store.ts';
import { recordLive } from './record-live.ts';

/**
 * Ends the call of a dead owner. It lasted to the owner's last sign of life, because nobody can prove
 * more. The leg is taken in the same deed, so one process ends it. The leg stays until its far side
 * has ended, so that another process goes on if this one dies too.
 * @param carrier null: this server has no such carrier, and the far side gives up by itself
 */
export async function endLost(
  app: App,
  lost: SeenLeg,
  carrier: VoiceCarrier | null,
): Promise<void> {
  const { call_sid: sid, account_sid, answered_at, dialog } = lost;
  const isAnswered = answered_at !== null;
  const seen = provenAt(lost, app.realNow());
  const passed = isAnswered ? Math.max(0, Math.floor((seen - answered_at) / 1_000)) : 0;
  const seconds = Math.min(passed, lost.paid_seconds ?? passed);
  const message = isAnswered
    ? 'The server with this call stopped, so the call ended; its last proven second counts.'
    : 'The server with this call stopped before an answer.';
  const isEnded = await recordLive(app, { sid, account_sid }, lost.owner, async (act, call) => {
    await takeLeg(act.tx, lost, app.processId);
    const status = isAnswered ? 'completed' : 'failed';
    const entries = [{ kind: 'note', detail: { message } }] as const;
    await endCall(act, call, { status, seconds, entries });
  });
  const lane = await laneOf(app, account_sid);
  // The call may have ended before its owner died.
  const isTaken =
    isEnded || (await app.database.write((tx) => takeLeg(tx, lost, app.processId), lane));
  if (!isTaken) return;
  app.log.warn({ call: sid, owner: lost.owner }, 'the call of a stopped server was ended');
  await carrier?.adopt(dialog);
  await app.database.write((tx) => deleteLeg(tx, { ...lost, owner: app.processId }), lane);
}
