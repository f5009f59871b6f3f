import type { App } from '../../app.ts';
import { concernOf } from '../../audit/concern.ts';
import { noteRepeated } from '../../audit/repeated-events.ts';
import { noteSecurityEvent } from '../../audit/security-event.ts';
import { ApiError } from '../../kit/api-error.ts';

/** Steps at which somebody proves who they are. */
export type ProofStep =
  | 'password'
  | 'confirm'
  | 'code'
  | 'passkey'
  | 'invitation'
  | 'password_change';

interface Session {
  readonly digest: string;
  readonly person_sid?: string;
}

/** Somebody who tries, as far as that is known before it is proven. */
interface Trying {
  readonly app: App;
  /** The address of the peer. */
  readonly network: string;
  readonly session: Session | null;
  readonly half_session: Session | null;
}

/**
 * Notes in the log of security events that a proof was refused. Proofs that came too early are noted
 * once a minute for each network and person, as there is no delay before the next one of them.
 */
export function noteRefusal(
  { app, network: address, session, half_session }: Trying,
  step: ProofStep,
  error: unknown,
): void {
  if (!(error instanceof ApiError)) return;
  const { person_sid = (half_session ?? session)?.person_sid ?? null } = concernOf(error);
  const isChange = step === 'password_change';
  const thing = isChange ? 'password_change' : 'sign_in';
  const event = { person_sid, address, ...(!isChange && { detail: { step } }) };
  if (error.status === 429) noteRepeated(app, { kind: `${thing}.delayed`, ...event });
  if (error.status === 401 || error.status === 403) {
    noteSecurityEvent(app, { kind: `${thing}.refused`, ...event });
  }
}

/** Does what proves who somebody is, and notes that it was refused. */
export async function notingRefusal<T>(
  trying: Trying,
  step: ProofStep,
  proving: Promise<T>,
): Promise<T> {
  try {
    return await proving;
  } catch (error) {
    noteRefusal(trying, step, error);
    throw error;
  }
}
