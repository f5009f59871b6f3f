import type { App } from '../../app.ts';
import type { LiveLeg } from '../../carriers/voice-carrier.ts';
import type { Call } from '../call.ts';
import type { Request } from '../call-step.ts';
import type { Reports } from './reports.ts';

/** A call on a wire, as the runner of its documents sees it. */
export interface OnLine {
  readonly app: App;
  readonly call: Call;
  readonly reports: Reports;
  /** The leg, while it is on the line. */
  readonly leg: LiveLeg | null;
  /** The seconds since the answer. */
  readonly seconds: number;
  readonly max_seconds: number;
  /**
   * Hangs up, and ends the call.
   * @param because the reason in words, for the timeline
   * @param last a request after the end, whose answer has no effect
   * @returns when it has ended in the database
   */
  end(because: string | null, last?: Request | null): Promise<void>;
}
