import { fetchDatedLater } from '../db/dated-store.ts';
import { type Page, type PersonCall, personPage, seeOther, view } from '../http/pages/page.ts';
import { singleValue } from '../http/parameters/form.ts';
import { badParameter, forbidden } from '../kit/api-error.ts';
import { CLOCK_PAGE } from '../pages/navigation.ts';
import { nudgeWorker } from '../webhooks/webhook-nudge.ts';
import { lengthInput, momentInput, RULE_OF_ADVANCE, RULE_OF_SET } from './clock-input.ts';
import { clockBody } from './clock-views.ts';
import { type Move, moveClock } from './move-clock.ts';
import { putClockInStep } from './put-clock-in-step.ts';

/** The clock is the same for all accounts, so moving it takes a local request or an operator. */
const mayMove = ({ is_local, person }: PersonCall) => is_local || person.is_operator === 1;

const clockPage = personPage({
  id: 'Clock',
  path: CLOCK_PAGE,
  development_only: true,
  async show(call) {
    const { clock } = call.app;
    const real = clock.wall();
    const later = clock.isMoved ? await fetchDatedLater(call.db, real) : [];
    const body = clockBody(call, { real, later, may_move: mayMove(call) });
    return view({ title: 'Clock', body });
  },
  async submit(call) {
    if (!mayMove(call)) throw forbidden('The clock is moved from this machine, or by an operator');
    const { app, form } = call;
    if (form.has('in_step')) {
      await putClockInStep(app, call.change);
      return seeOther(CLOCK_PAGE, { notice: 'The clock goes by real time again.' });
    }
    const move = moveIn(call);
    const { setting } = await call.change((act) => moveClock(act, move));
    app.clock.follow(setting);
    nudgeWorker(app);
    return seeOther(CLOCK_PAGE, { notice: 'The clock is moved, and what fell due is being done.' });
  },
});

/** @throws ApiError 400 */
function moveIn({ form }: PersonCall): Move {
  const [advance, set] = [singleValue(form, 'advance'), singleValue(form, 'set')];
  if (advance !== undefined) {
    const { data } = lengthInput.safeParse(advance.trim());
    if (data === undefined) throw badParameter('advance', RULE_OF_ADVANCE);
    return { advance: data };
  }
  const { data } = momentInput.safeParse(set?.trim());
  if (data === undefined) throw badParameter('set', RULE_OF_SET);
  return { set: data };
}

export const clockPages: readonly Page[] = [clockPage];
