import type { App } from '../../app.ts';

/** The browser that makes a request. The call of any page is a visitor. */
export interface Visitor {
  readonly app: App;
  /** The address of the peer. */
  readonly network: string;
  readonly user_agent: string | null;
  /** The cookie that tells whether the browser is known (`known-place.ts`). */
  readonly cookies: { readonly browser?: string };
  /** The browser's present sessions. They end when a new one begins. */
  readonly session: { readonly digest: string } | null;
  readonly half_session: { readonly digest: string } | null;
}
