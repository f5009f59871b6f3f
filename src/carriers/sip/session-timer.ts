import { type Header, header, headerOf, joinedHeader } from './headers.ts';
import type { SipMessage, SipResponse } from './message.ts';
import type { SipOutside } from './outside.ts';

/** The time after which a session without a sign of life counts as over (RFC 4028 §4), in seconds. */
const SESSION_SECONDS = 1_800;
/** The least time that RFC 4028 §5 allows. */
const LEAST_SECONDS = 90;
/** A far side may ask for this at most; more would be no limit. */
const MOST_SECONDS = 24 * 60 * 60;
/** The far side gets this time, or a third of the session's, before the end (RFC 4028 §10). */
const MARGIN_SECONDS = 32;

/** The answers of a far side that does not know the call any more (RFC 3261 §12.2.1.2). */
const GONE = new Set([408, 481]);

/** The time of a session, as a message states it. */
interface SessionTerms {
  readonly seconds: number;
  readonly refresher: 'uac' | 'uas' | null;
}

/** The terms of a message; null without any, or with ones that cannot be read. */
function sessionTermsOf(message: Pick<SipMessage, 'headers'>): SessionTerms | null {
  const text = headerOf(message, 'session-expires') ?? headerOf(message, 'x') ?? '';
  const [, digits = '', rest = ''] = /^(\d{1,9})\s{0,8}(;.{0,200})?$/.exec(text) ?? [];
  if (digits === '') return null;
  const seconds = Math.min(Math.max(Number(digits), LEAST_SECONDS), MOST_SECONDS);
  const refresher = /;\s{0,8}refresher\s{0,8}=\s{0,8}(uac|uas)/i.exec(rest)?.[1]?.toLowerCase();
  return { seconds, refresher: refresher === 'uac' || refresher === 'uas' ? refresher : null };
}

/** Asks for a session that the far side keeps alive. @param seconds what a 422 asked for, or null */
export function sessionHeaders(seconds: number | null): Header[] {
  return [
    header('Supported', 'timer'),
    header('Session-Expires', `${seconds ?? SESSION_SECONDS};refresher=uas`),
    header('Min-SE', String(seconds ?? LEAST_SECONDS)),
  ];
}

/** The session time that a 422 demands; null when it names none that is longer than ours was. */
export function demandedSeconds(refusal: SipMessage, before: number | null): number | null {
  const text = headerOf(refusal, 'min-se') ?? '';
  const seconds = /^\d{1,9}/.test(text) ? Number.parseInt(text, 10) : 0;
  return seconds > (before ?? SESSION_SECONDS) && seconds <= MOST_SECONDS ? seconds : null;
}

/** The headers about the session in our answer to a refresh of the far side. */
export function refreshedHeaders(request: SipMessage): Header[] {
  const terms = sessionTermsOf(request);
  if (!terms) return [];
  const isTimed = /\btimer\b/i.test(joinedHeader(request, 'supported') ?? '');
  return [
    ...(isTimed ? [header('Require', 'timer')] : []),
    header('Session-Expires', `${terms.seconds};refresher=uac`),
  ];
}

interface Parts {
  readonly outside: Pick<SipOutside, 'after'>;
  /** Sends a sign of life, because the far side left it to us. */
  readonly refresh: (seconds: number) => void;
  /** No sign of life came in time. */
  readonly expired: () => void;
}

/** Watches that a session stays alive: RFC 4028. */
export class SessionTimer {
  readonly #parts: Parts;
  #cancel: () => void = () => {};

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Begins anew with each acceptance and each refresh. Without terms the session has no end. */
  heard(message: SipMessage, { is_ours }: { readonly is_ours: boolean }): void {
    this.stop();
    const terms = sessionTermsOf(message);
    if (!terms) return;
    const { seconds, refresher } = terms;
    const { outside, refresh, expired } = this.#parts;
    const margin = Math.min(MARGIN_SECONDS, seconds / 3);
    // In an answer to our request we are the `uac`.
    const isOurTurn = is_ours && refresher === 'uac';
    this.#cancel = isOurTurn
      ? outside.after((seconds / 2) * 1_000, () => refresh(seconds))
      : outside.after((seconds - margin) * 1_000, expired);
  }

  /** Hears the answer to a sign of life of ours. */
  refreshed(response: SipResponse): void {
    if (GONE.has(response.status)) this.#parts.expired();
    else if (response.status >= 200) this.heard(response, { is_ours: true });
  }

  stop(): void {
    this.#cancel();
    this.#cancel = () => {};
  }
}
