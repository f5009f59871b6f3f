import { type PageCall, returnTo, type SeeOther, seeOther } from '../../http/pages/page.ts';
import { BROWSER_SECONDS } from './known-place.ts';
import type { SignedIn } from './sign-in.ts';

/**
 * Where a step of signing in leads, and the cookie that it leaves: to the second factor if it
 * is still to come, otherwise to where the person was going.
 */
export function afterSignIn(
  { destination }: Pick<PageCall, 'destination'>,
  { cookie, state, browser }: SignedIn,
  otherwise = '/console',
): SeeOther {
  const session = { name: 'session', value: cookie } as const;
  if (state === 'password') return seeOther('/login/second-factor', { cookies: [session] });
  // A page of signing in was only on the way, and would ask again.
  const onward = destination?.startsWith('/login') ? null : destination;
  const known = { name: 'browser', value: browser, maxAge: BROWSER_SECONDS } as const;
  return seeOther(onward ?? otherwise, { cookies: [session, known, returnTo(null)] });
}
