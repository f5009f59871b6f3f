import { html } from 'hono/html';
import { fetchAccount } from '../../accounts/account-store.ts';
import {
  isolated,
  openPage,
  type Page,
  type PageAnswer,
  type PageCall,
  returnTo,
  seeOther,
  type View,
  view,
} from '../../http/pages/page.ts';
import { ApiError, badRequest } from '../../kit/api-error.ts';
import { actionForm } from '../../pages/widgets.ts';
import { acceptInvitation, joinByInvitation, openLink } from '../links/accept-invitation.ts';
import { setPasswordByLink } from '../links/change-password.ts';
import { linkPath, type OneTimeLink } from '../links/one-time-link.ts';
import { afterSignIn } from '../sign-in/after-sign-in.ts';
import { valueOf } from './sign-in-pages.ts';
import { nameField, newPasswordField, plainForm } from './sign-in-views.ts';

/** `/links/{secret}`: accepting an invitation, or setting a password. */

const linkPage = openPage({
  id: 'OneTimeLink',
  path: '/links/:Secret',
  async show(call) {
    const { db, app } = call;
    const secret = call.path.Secret;
    const link = await openLink(db, secret, app.realNow()).catch((error: unknown) => {
      if (error instanceof ApiError) return error;
      throw error;
    });
    if (link instanceof ApiError) return overView(call, link);
    return link.purpose === 'password' ? passwordView(call, link) : invitationView(call, link);
  },
  async submit(call) {
    const { db, app, session } = call;
    const secret = call.path.Secret;
    const { purpose } = await openLink(db, secret, app.realNow());
    // The destination would be this page, whose link has now ended.
    const onward = { destination: null };
    const password = valueOf(call, 'Password');
    if (purpose === 'password') {
      return afterSignIn(onward, await setPasswordByLink(call, secret, password));
    }
    if (session) return joinSignedIn(call, secret);
    const entered = { name: valueOf(call, 'Name'), password };
    return afterSignIn(onward, await acceptInvitation(call, secret, entered));
  },
});

async function joinSignedIn({ change, person }: PageCall, secret: string): Promise<PageAnswer> {
  if (!change || !person) throw badRequest('Your session has ended: log in again.');
  const account_sid = await change((act) => joinByInvitation(act, secret, person));
  const notice = 'You have joined the account.';
  return seeOther(account_sid === null ? '/console' : `/console/${account_sid}`, {
    notice,
    cookies: [returnTo(null)],
  });
}

function overView({ problem }: PageCall, { message }: ApiError): View {
  return view({
    title: 'This link has ended',
    plain: true,
    status: 410,
    body: html`${problem ? null : html`<p>${message}</p>`}
      <p class="beside"><a href="/login">Log in</a></p>`,
  });
}

function passwordView(call: PageCall<'Secret'>, { email }: OneTimeLink): View {
  const fields = html`${userName(email)} ${newPasswordField(call)}`;
  return view({
    title: 'Set a new password',
    plain: true,
    body: html`<p>
        For <strong>${email}</strong>. The new password ends every session with this address.
      </p>
      ${plainForm(call, linkPath(call.path.Secret), fields, 'Set password')}`,
  });
}

async function invitationView(call: PageCall<'Secret'>, link: OneTimeLink): Promise<View> {
  const { account_sid, email } = link;
  const account = account_sid === null ? null : await fetchAccount(call.db, account_sid);
  const what = account
    ? html`<p>You are invited to use the account <strong>${isolated(account.friendly_name)}</strong>.</p>`
    : html`<p>You are invited to make an account of your own.</p>`;
  const { session } = call;
  return view({
    title: 'You are invited',
    plain: true,
    // After logging in, the person comes back to this page.
    cookies: [returnTo(linkPath(call.path.Secret))],
    body: html`${what}
    ${
      !session
        ? signUpOrLogIn(call, email)
        : session.person.email === email
          ? plainForm(call, linkPath(call.path.Secret), html``, 'Join')
          : otherPerson(call, session.person.email, email)
    }`,
  });
}

function signUpOrLogIn(call: PageCall<'Secret'>, email: string) {
  const fields = html`${userName(email)} ${nameField(call)} ${newPasswordField(call)}`;
  return html`<p>Sign up with <strong>${email}</strong>:</p>
    ${plainForm(call, linkPath(call.path.Secret), fields, 'Sign up')}
    <p class="beside">Have a login with this address already? <a href="/login">Log in</a></p>`;
}

function otherPerson(call: PageCall<'Secret'>, current: string, invited: string) {
  return html`<p>
      The invitation is for <strong>${invited}</strong>, and you are logged in as
      <strong>${current}</strong>. Log out, and open it again.
    </p>
    ${actionForm(call, '/logout', 'Log out', { tone: 'primary' })}`;
}

/** A hidden field that tells password managers the login of the password. */
function userName(email: string) {
  return html`<input type="hidden" autocomplete="username" value="${email}" />`;
}

export const linkPages: readonly Page[] = [linkPage];
