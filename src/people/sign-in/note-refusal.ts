import type { App } from '../../app.ts';
import { concernOf } from '../../audit/concern.ts';
import { noteRepeated } from '../../audit/repeated-events.ts';
import { noteSecurityEvent } from '../../audit/security-event.ts';
import { ApiError } from '../../kit/api-error.ts';

/** Steps at which a person proves their identity. */
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

/** The known facts about an attempt before it is checked. */
interface Trying {
  readonly app: App;
  /** The address of the peer. */
  readonly network: string;
  readonly session: Session | null;
  readonly half_session: Session | null;
}

/**
 * Notes a refused proof in the log of security events. Proofs that came too early are noted once a
 * minute for each network and person, because nothing delays the next one.
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

/** Runs a check of identity, and notes its refusal. */
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
