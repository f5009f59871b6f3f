import { html } from 'hono/html';
import type { ConnectApp } from '../connect-apps/connect-app.ts';
import { type Html, heading, isolated, type View, view } from '../http/pages/page.ts';
import { code, linkButton, outsideLink } from '../pages/widgets.ts';
import type { Outcome } from './answer-consent.ts';

/** The outcomes after which the browser does not go on to the app. Their pages give advice. */

type Shown = Exclude<Outcome, { readonly kind: 'redirect' }>;

export function outcomeView(app: ConnectApp, outcome: Shown, retry: string): View {
  switch (outcome.kind) {
    case 'no-address':
      return withoutAddress(app, outcome);
    case 'answered':
      return ended(app, retry, {
        status: 409,
        title: 'This page was answered already',
        text: ANSWERED[outcome.answer ?? 'authorized'],
      });
    case 'expired':
      return ended(app, retry, {
        status: 410,
        title: 'This page was open for too long',
        text: EXPIRED,
      });
    case 'unknown':
      return ended(app, retry, {
        status: 403,
        title: 'This page belongs to another sign-in',
        text: UNKNOWN,
      });
    case 'changed':
      return ended(app, retry, {
        status: 409,
        title: 'The app or your grant has changed',
        text: CHANGED,
      });
  }
}

const ANSWERED = {
  authorized:
    'The app is authorized, by this page or in another window. Go back to the app to use it, or look ' +
    'at it again.',
  denied: 'You denied the app. If you have changed your mind, look at it again.',
};
const EXPIRED = 'Nothing was granted. Look at the app again and answer within ten minutes.';
const UNKNOWN =
  'Nothing was granted. You may have signed in again or out since it was opened. Look at the app again.';
const CHANGED =
  'Nothing was granted. The app or your grant has changed since this page was opened. Look at the app ' +
  'again.';

function ended(
  app: ConnectApp,
  retry: string,
  {
    status,
    title,
    text,
  }: { readonly status: number; readonly title: string; readonly text: string },
): View {
  return view({
    title,
    plain: true,
    status,
    body: html`<p><strong>${isolated(app.friendly_name)}</strong></p>
      <p>${text}</p>
      <div class="buttons">
        ${linkButton(retry, 'Look again', 'primary')} ${homepage(app)}
        <a href="${AUTHORIZED_APPS}">Authorized Apps</a>
      </div>`,
  });
}

/** The path that redirects to the list of the signed-in person's account. */
const AUTHORIZED_APPS = '/user/account/connect/authorized';

function homepage(app: ConnectApp): Html | null {
  return outsideLink(app.homepage_url, html`Go to ${isolated(app.friendly_name)}`);
}

/** The page for an app without an Authorize URL (docs/contract/connect.md, "Answer to the app"). */
function withoutAddress(
  app: ConnectApp,
  { answer, grant }: Extract<Shown, { readonly kind: 'no-address' }>,
): View {
  const { friendly_name } = app;
  if (!grant || answer === 'denied') {
    return view({
      title: heading`${friendly_name} is not authorized`,
      plain: true,
      body: html`<p>Nothing was granted. You can close this page.</p>${homepage(app)}`,
    });
  }
  return view({
    title: heading`${friendly_name} is authorized`,
    plain: true,
    body: html`<p>
        ${isolated(friendly_name)} has no address to which this page could send you. If the app asks for
        the SID of your account, give this SID to the app and to nobody else:
      </p>
      <p>${code(grant.subaccount_sid)}</p>
      <p>You can revoke it under <a href="${AUTHORIZED_APPS}">Authorized Apps</a>.</p>
      ${homepage(app)}`,
  });
}

/** The page for a missing app, a deleted one, or one with an inactive owner. It hides which. */
export function appMissing(): View {
  return view({
    title: 'This app does not exist',
    plain: true,
    status: 404,
    body: html`<p>
      The app of this link was deleted, or never existed. Nothing was granted. Go back to the page with
      the button, and ask its owners for a new one.
    </p>`,
  });
}

/** The page for a link with unusable parameters. */
export function badLink(app: ConnectApp, fault: string): View {
  return view({
    title: 'This link cannot be used',
    plain: true,
    status: 400,
    body: html`<p>${fault} Nothing was granted.</p>
      <p>Go back to ${isolated(app.friendly_name)} and click its button again.</p>
      ${homepage(app)}`,
  });
}
