import { type PageCall, returnTo, type SeeOther, seeOther } from '../../http/pages/page.ts';
import { BROWSER_SECONDS } from './known-place.ts';
import type { SignedIn } from './sign-in.ts';

/**
 * The answer after a step of signing in: a cookie, and a redirect to the second factor if it is
 * missing, otherwise to the person's destination.
 */
export function afterSignIn(
  { destination }: Pick<PageCall, 'destination'>,
  { cookie, state, browser }: SignedIn,
  otherwise = '/console',
): SeeOther {
  const session = { name: 'session', value: cookie } as const;
  if (state === 'password') return seeOther('/login/second-factor', { cookies: [session] });
  // A page of signing in is no destination: it would ask again.
  const onward = destination?.startsWith('/login') ? null : destination;
  const known = { name: 'browser', value: browser, maxAge: BROWSER_SECONDS } as const;
  return seeOther(onward ?? otherwise, { cookies: [session, known, returnTo(null)] });
}
