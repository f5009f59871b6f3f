import type { Session } from '../../access/session-store.ts';
import type { App } from '../../app.ts';
import { noteSecurityEvent } from '../../audit/security-event.ts';
import { ApiError } from '../../kit/api-error.ts';
import type { Metric } from '../../kit/metrics.ts';
import { WrongPassword } from './prove-password.ts';

const STEPS = ['password', 'confirm', 'code', 'passkey'] as const;

const SIGN_INS: Metric<'step' | 'outcome'> = {
  kind: 'counter',
  name: 'tieline_sign_ins_total',
  help: 'Attempts to sign in to the console, by step and outcome: accepted; refused, as what was given was wrong; delayed, as it came too early after others; busy, as too many wait; failed otherwise.',
  labels: { step: STEPS, outcome: ['accepted', 'refused', 'delayed', 'busy', 'failed'] },
};

export const SIGN_IN_METRICS: readonly Metric[] = [SIGN_INS];

const OUTCOMES: Readonly<Record<number, string>> = {
  401: 'refused',
  403: 'refused',
  429: 'delayed',
  503: 'busy',
};

/** Who tries, as far as that is known before it is proven. */
interface Trying {
  readonly app: App;
  /** The address of the peer. */
  readonly network: string;
  readonly session: Session | null;
  readonly half_session: Session | null;
}

/** Counts a step of signing in by what comes of it, and notes one that was refused. */
export async function countSignIn<T>(
  { app, network: address, session, half_session }: Trying,
  step: (typeof STEPS)[number],
  signingIn: Promise<T>,
): Promise<T> {
  const { metrics } = app;
  try {
    const signedIn = await signingIn;
    metrics.add(SIGN_INS, { step, outcome: 'accepted' });
    return signedIn;
  } catch (error) {
    const status = error instanceof ApiError ? error.status : 0;
    const outcome = OUTCOMES[status] ?? 'failed';
    metrics.add(SIGN_INS, { step, outcome });
    if (outcome === 'refused') {
      const known = error instanceof WrongPassword ? error.person_sid : null;
      const person_sid = known ?? (half_session ?? session)?.person_sid ?? null;
      noteSecurityEvent(app, { kind: 'sign_in.refused', person_sid, address, detail: { step } });
    }
    throw error;
  }
}
