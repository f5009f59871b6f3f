import { z } from 'zod';
import type { Act } from '../audit/act.ts';
import { fetchGrantOfSubaccount } from '../authorizations/grant-store.ts';
import { sendCallback } from '../carrier/send-callback.ts';
import { addToTimeline } from '../carrier/timeline-store.ts';
import { behindLease, doTask } from '../jobs/do-task.ts';
import { handOver } from '../jobs/hand-over.ts';
import { readStep, type Shape, type Steps } from '../jobs/step.ts';
import { withoutPassword } from '../kit/user-info.ts';
import { type Call, callParameters } from './call.ts';
import { optionsOf } from './call-options.ts';
import { findCallLocked, updateCallRow } from './call-store.ts';
import type { CallAct, CallTask } from './call-task.ts';

/** A detection that runs beside its call. */
interface DetectStep {
  readonly name: 'detect';
  readonly call_sid: string;
  readonly found: string;
}

export const DETECTION_STEPS: Steps<DetectStep> = {
  kind: 'detection',
  schema: z.object({
    name: z.literal('detect'),
    call_sid: z.string(),
    found: z.string(),
  } satisfies Shape<DetectStep>),
};

/** Starts a detection whose result is sent to a callback. The call goes on meanwhile. */
export async function detectLater(
  act: CallAct,
  call: Call,
  found: string,
  due: number,
): Promise<void> {
  const { carrier } = act;
  const { sid: call_sid, account_sid, root_sid } = call;
  // The call's own task has the call's SID. This task has another prefix and is made once.
  const sid = `DE${call_sid.slice(2)}`;
  const thing = { sid, account_sid, root_sid, kind: 'detection' } as const;
  const step: DetectStep = { name: 'detect', call_sid, found };
  const date_next = due + carrier.waitFor(call, carrier.detection_seconds);
  await handOver(act, thing, { step, date_next });
}

/** Reports the result of a detection. The call may have ended meanwhile. */
export async function finishDetection({ app, task, carrier }: CallTask): Promise<void> {
  const { call_sid, found } = readStep(DETECTION_STEPS, task.step);
  const resource = {
    hold: behindLease(app, task, (tx) => findCallLocked(tx, app.database.engine, call_sid)),
    grantOf: ({ created_by_grant }: Call) => created_by_grant,
  };
  await doTask(app, task, resource, async (act, call) => {
    await tellWhoAnswered({ ...act, carrier }, call, found);
    return null;
  });
}

async function tellWhoAnswered(act: CallAct, call: Call, answered_by: string): Promise<void> {
  const { tx, now } = act;
  const { async_amd } = optionsOf(call);
  const { account_sid, root_sid, created_by_grant: url_by_grant } = call;
  const found = await updateCallRow(tx, call, { answered_by, date_updated: now });
  if (!async_amd || async_amd.url === null || (await isOver(act, call))) return;
  const { url, method } = async_amd;
  const { CallSid = '', AccountSid = '' } = callParameters(found);
  const delivery_sid = await sendCallback(act, {
    account_sid,
    root_sid,
    kind: 'answering-machine',
    url,
    method,
    parameters: {
      CallSid,
      AccountSid,
      AnsweredBy: answered_by,
      MachineDetectionDuration: String(act.carrier.detection_seconds * 1_000),
    },
    url_by_grant,
  });
  const detail = { url: withoutPassword(url), method, status: answered_by };
  await addToTimeline(tx, call, now, [{ kind: 'callback', detail, delivery_sid }]);
}

/** Whether the app that made the call has lost its grant. */
async function isOver({ tx }: Act, { account_sid, created_by_grant }: Call): Promise<boolean> {
  if (created_by_grant === null) return false;
  return (await fetchGrantOfSubaccount(tx, account_sid))?.sid !== created_by_grant;
}
