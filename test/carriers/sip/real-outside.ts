import { randomUUID } from 'node:crypto';
import type { SipOutside } from '../../../src/carriers/sip/outside.ts';

/** Real time and chance. No timer keeps the test's process alive. */
export const realOutside: SipOutside = {
  now: () => performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
  random: () => 0.5,
  token: () => randomUUID(),
};
