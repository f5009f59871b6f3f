import { ApiError } from '../../kit/api-error.ts';
import type { Metric } from '../../kit/metrics.ts';
import { noteRefusal } from './note-refusal.ts';

const STEPS = ['password', 'confirm', 'code', 'passkey'] as const;

const SIGN_INS: Metric<'step' | 'outcome'> = {
  kind: 'counter',
  name: 'tieline_sign_ins_total',
  help: 'Attempts to sign in to the console, by step and outcome: accepted; refused for wrong credentials; delayed, because it came too soon after others; busy, because too many attempts wait; failed for another reason.',
  labels: { step: STEPS, outcome: ['accepted', 'refused', 'delayed', 'busy', 'failed'] },
};

export const SIGN_IN_METRICS: readonly Metric[] = [SIGN_INS];

const OUTCOMES: Readonly<Record<number, string>> = {
  401: 'refused',
  403: 'refused',
  429: 'delayed',
  503: 'busy',
};

/** Counts a step of signing in by its outcome, and notes a refused or early one. */
export async function countSignIn<T>(
  trying: Parameters<typeof noteRefusal>[0],
  step: (typeof STEPS)[number],
  signingIn: Promise<T>,
): Promise<T> {
  const { metrics } = trying.app;
  try {
    const signedIn = await signingIn;
    metrics.add(SIGN_INS, { step, outcome: 'accepted' });
    return signedIn;
  } catch (error) {
    const status = error instanceof ApiError ? error.status : 0;
    const outcome = OUTCOMES[status] ?? 'failed';
    metrics.add(SIGN_INS, { step, outcome });
    noteRefusal(trying, step, error);
    throw error;
  }
}
