import { html } from 'hono/html';
import { type Html, type PageCall, type View, view } from '../../http/pages/page.ts';
import { DOCUMENTATION } from '../../pages/documentation.ts';
import { actionForm, field, formToken } from '../../pages/widgets.ts';
import { EMAIL_LENGTH, NAME_LENGTH } from '../person.ts';
import { PASSWORD_HINT, PASSWORD_MAX_LENGTH } from '../sign-in/password-rule.ts';
import { PASSKEY_SCRIPTS } from './passkey-assets.ts';

/** The views of signing in. Tests of journeys look for these labels and buttons. */

/** Whether the field has the focus when the page opens. */
interface Focus {
  readonly autofocus?: boolean;
}

function emailField(call: PageCall, { autofocus = false }: Focus = {}): Html {
  return field(call, {
    name: 'Email',
    label: 'Email',
    type: 'email',
    required: true,
    maxlength: EMAIL_LENGTH,
    autocomplete: 'username',
    autofocus,
  });
}

export function nameField(call: PageCall, value?: string): Html {
  return field(call, {
    name: 'Name',
    label: 'Name',
    required: true,
    maxlength: NAME_LENGTH,
    autocomplete: 'name',
    ...(value !== undefined && { value }),
  });
}

/** The field of an existing password. */
function passwordField(call: PageCall, { autofocus = false }: Focus = {}): Html {
  return field(call, {
    name: 'Password',
    label: 'Password',
    type: 'password',
    required: true,
    autocomplete: 'current-password',
    autofocus,
  });
}

/** The field of a new password. */
export function newPasswordField(call: PageCall, name = 'Password', label = 'Password'): Html {
  return field(call, {
    name,
    label,
    type: 'password',
    required: true,
    maxlength: PASSWORD_MAX_LENGTH,
    autocomplete: 'new-password',
    help: PASSWORD_HINT,
  });
}

/** The form of a plain page, with one wide button. */
export function plainForm(call: PageCall, action: string, fields: Html, label: string): Html {
  return html`<form method="post" action="${action}">
    ${formToken(call)} ${fields}
    <button type="submit" class="stretch">${label}</button>
  </form>`;
}

/** Tells a visitor who was on the way to another page that the way goes on after signing in. */
function onTheWay({ destination, problem, notice }: PageCall): Html | null {
  if (problem || notice !== null || destination === null) return null;
  if (destination.startsWith('/authorize/')) {
    return html`<p class="notice info">
      An app asks for access to your account. Log in or sign up first; then you decide.
    </p>`;
  }
  if (!destination.startsWith('/console/')) return null;
  return html`<p class="notice info">
    Log in, and you go on where you were. If you had filled in a form there, nothing of it was saved.
  </p>`;
}

export function logInView(call: PageCall): View {
  const inDevelopment = call.app.config.mode === 'development';
  const fields = html`${emailField(call, { autofocus: true })} ${passwordField(call)}`;
  return view({
    title: 'Log in',
    plain: true,
    body: html`${onTheWay(call)} ${plainForm(call, '/login', fields, 'Log in')}
      <p class="beside">
        ${
          inDevelopment
            ? html`No login yet? <a href="/signup">Sign up</a>`
            : html`No login yet, or forgotten the password? The operator of this platform can give you a link.`
        }
      </p>
      <p class="beside"><a href="${DOCUMENTATION.path}">Documentation</a></p>`,
  });
}

export function signUpView(call: PageCall): View {
  if (call.app.config.mode === 'production') return byInvitationView();
  const fields = html`${nameField(call)} ${emailField(call)} ${newPasswordField(call)}`;
  return view({
    title: 'Sign up',
    plain: true,
    body: html`${onTheWay(call)} ${plainForm(call, '/signup', fields, 'Sign up')}
      <p class="beside">Have a login already? <a href="/login">Log in</a></p>`,
  });
}

function byInvitationView(): View {
  return view({
    title: 'Sign up',
    plain: true,
    body: html`<p>
        You need an invitation to sign up here. Ask a person of the account that you want to join, or the
        operator of this platform, and open the link that they give you.
      </p>
      <p class="beside">Have a login already? <a href="/login">Log in</a></p>`,
  });
}

export function logOutView(call: PageCall): View {
  const { session, half_session } = call;
  if (!session && !half_session) {
    return view({
      title: 'Log out',
      plain: true,
      body: html`<p>Nobody is logged in here.</p>
        <p class="beside"><a href="/login">Log in</a></p>`,
    });
  }
  return view({
    title: 'Log out',
    plain: true,
    body: html`${session && html`<p>You are logged in as <strong>${session.person.email}</strong>.</p>`}
      ${plainForm(call, '/logout', html``, 'Log out')}`,
  });
}

/** Asks for the password once more. */
export function confirmItIsYouView(call: PageCall, email: string): View {
  const fields = html`<input type="hidden" autocomplete="username" value="${email}" />${passwordField(call, { autofocus: true })}`;
  return view({
    title: 'Confirm that it is you',
    plain: true,
    body: html`<p>
        The next step is sensitive, so enter the password of <strong>${email}</strong> again.
      </p>
      ${plainForm(call, '/login/confirm', fields, 'Continue')}
      <p class="beside"><a href="/console">Back to the console</a></p>
      <div class="beside">${actionForm(call, '/logout', 'Log out')}</div>`,
  });
}

/** Asks for the second factor: a code, a passkey, or either. */
export function secondFactorView(
  call: PageCall,
  has: { readonly code: boolean; readonly passkey: boolean },
): View {
  const codeField = field(call, {
    name: 'Code',
    label: has.code ? 'Code' : 'Recovery code',
    required: true,
    maxlength: 40,
    autocomplete: 'one-time-code',
    autofocus: has.code,
    help: has.code
      ? CODE_HELP
      : 'For when your passkey is out of reach: one of your recovery codes.',
  });
  return view({
    title: 'One more step',
    plain: true,
    body: html`${has.passkey ? askPasskey(call) : null}
      ${plainForm(call, '/login/second-factor', codeField, 'Continue')}
      <p class="beside">${LOST}</p>
      <div class="beside">${actionForm(call, '/logout', 'Log in as somebody else')}</div>`,
  });
}

const LOST =
  'Lost the recovery codes too? Ask the operator of this platform, who can remove the second factor ' +
  'from your login and give you a link that sets a new password.';
const CODE_HELP = 'The six digits that your app shows now, or one of your recovery codes.';

function askPasskey(call: PageCall): Html {
  return html`<form
      method="post"
      action="/login/second-factor"
      data-passkey="get"
      data-options="/login/second-factor/passkey"
    >
      ${formToken(call)}
      <input type="hidden" name="Passkey" value="" />
      <button type="submit" class="stretch">Use a passkey</button>
      <p class="notice bad" role="alert" hidden></p>
      <noscript><p>A passkey needs JavaScript; a recovery code does not.</p></noscript>
    </form>
    <p class="or">or</p>
    ${PASSKEY_SCRIPTS}`;
}
