import type { App } from '../../app.ts';

/** A browser at the door. The call of any page is one. */
export interface Visitor {
  readonly app: App;
  /** The address of the peer. */
  readonly network: string;
  readonly user_agent: string | null;
  /** Says whether the browser is known, by `known-place.ts`. */
  readonly cookies: { readonly browser?: string };
  /** The sessions that its cookie opens so far; they end when a new one begins. */
  readonly session: { readonly digest: string } | null;
  readonly half_session: { readonly digest: string } | null;
}
