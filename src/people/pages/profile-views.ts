import { html } from 'hono/html';
import {
  type Heading,
  type Html,
  isolated,
  type PageCall,
  type PersonCall,
  type View,
  view,
} from '../../http/pages/page.ts';
import { actionForm, code, field, formToken, linkButton, moment } from '../../pages/widgets.ts';
import { RECOVERY_CODES, type SecondFactor } from '../factors/second-factor.ts';
import type { SessionRow } from '../sign-in/session-life-store.ts';
import { nameField, newPasswordField } from './sign-in-views.ts';

export const PROFILE = '/console/profile';
export const SESSIONS = `${PROFILE}/sessions`;

/** The parts of the profile besides the name. */
export interface ProfileParts {
  readonly factors: readonly SecondFactor[];
  readonly codes_left: number;
  readonly sessions: readonly SessionRow[];
}

export function profileView(call: PersonCall, parts: ProfileParts): View {
  return view({
    title: 'Profile',
    body: html`<section class="panel">
        <h2>Name</h2>
        <p>You log in as <strong>${call.person.email}</strong>.</p>
        <form method="post" action="${PROFILE}">
          ${formToken(call)} ${nameField(call, call.person.name)}
          <div class="buttons"><button type="submit">Save</button></div>
        </form>
      </section>
      ${passwordSection(call)} ${factorSection(parts)} ${sessionSection(parts.sessions)}`,
  });
}

function passwordSection(call: PersonCall): Html {
  return html`<section class="panel">
    <h2>Password</h2>
    <p>Changing it logs you out everywhere else.</p>
    <form method="post" action="${PROFILE}/password">
      ${formToken(call)}
      <input type="hidden" autocomplete="username" value="${call.person.email}" />
      ${field(call, {
        name: 'CurrentPassword',
        label: 'Current password',
        type: 'password',
        required: true,
        autocomplete: 'current-password',
      })}
      ${newPasswordField(call, 'NewPassword', 'New password')}
      <div class="buttons"><button type="submit">Change password</button></div>
    </form>
  </section>`;
}

const KINDS = { totp: 'Codes of an app', passkey: 'Passkey' } as const;

function factorSection({ factors, codes_left }: ProfileParts): Html {
  return html`<section class="panel">
    <h2>Second factor</h2>
    ${
      factors.length === 0
        ? html`<p>
            A second factor protects your login even if others know your password. You have none yet.
          </p>`
        : html`<p>After your password, a sign-in asks for one of these.</p>
            <ul class="rows" aria-label="Second factors">
              ${factors.map(factorRow)}
            </ul>
            ${recoveryLine(codes_left)}`
    }
    <div class="buttons">
      ${linkButton(`${PROFILE}/totp`, 'Add an authenticator app')}
      ${linkButton(`${PROFILE}/passkey`, 'Add a passkey')}
    </div>
  </section>`;
}

function factorRow({ sid, kind, name, date_created, date_last_used }: SecondFactor): Html {
  const used = date_last_used === null ? 'not used yet' : html`last used ${moment(date_last_used)}`;
  return html`<li>
    <div class="about">
      <p class="name" id="${sid}">${isolated(name)}</p>
      <p class="muted">${KINDS[kind]}, added ${moment(date_created)}, ${used}.</p>
    </div>
    <div class="actions" role="group" aria-labelledby="${sid}">${linkButton(`${PROFILE}/factors/${sid}/remove`, 'Remove')}</div>
  </li>`;
}

function recoveryLine(codes_left: number): Html {
  const left = html`${codes_left} of ${RECOVERY_CODES} recovery codes are left.`;
  return html`<p>
    ${codes_left <= 3 ? html`<strong>${left}</strong>` : left} Each replaces a lost factor once.
    <a href="${PROFILE}/recovery-codes">Make new ones</a>
  </p>`;
}

function sessionSection(sessions: readonly SessionRow[]): Html {
  return html`<section class="panel">
    <h2>Sessions</h2>
    <p>${sessions.length === 1 ? 'One browser is' : `${sessions.length} browsers are`} logged in.</p>
    <div class="buttons">
      ${linkButton(SESSIONS, 'Show sessions')}
      ${linkButton(`${PROFILE}/security`, 'Security events')}
    </div>
  </section>`;
}

/** A person's own sessions, each with a button that ends it. */
export function sessionsView(call: PersonCall, sessions: readonly SessionRow[]): View {
  const others = sessions.filter(({ digest }) => digest !== call.session.digest);
  return view({
    title: 'Sessions',
    body: html`<p><a href="${PROFILE}">← Profile</a></p>
      <p>If you do not know one of these, end it, then change your password.</p>
      ${sessionRows(call, sessions, SESSIONS)}
      <div class="buttons">
        ${
          others.length === 0
            ? null
            : actionForm(call, SESSIONS, 'Sign out everywhere else', {
                hidden: { Session: 'others' },
              })
        }
        ${actionForm(call, SESSIONS, 'Sign out everywhere', { hidden: { Session: 'all' } })}
      </div>`,
  });
}

/**
 * Sessions, each with a button. `action` gets the session's digest, with which nobody can sign in.
 */
export function sessionRows(
  call: PersonCall,
  sessions: readonly SessionRow[],
  action: string,
): Html {
  return html`<ul class="rows" aria-label="Sessions">
    ${sessions.map(({ digest, user_agent, date_created, date_seen }, at) => {
      const id = `session-${at + 1}`;
      const isThis = digest === call.session.digest;
      return html`<li>
        <div class="about">
          <p class="name" id="${id}">
            ${browserOf(user_agent)} ${isThis ? html`<span class="tag">This browser</span>` : null}
          </p>
          <p class="muted">Since ${moment(date_created)}, last seen ${moment(date_seen)}.</p>
        </div>
        <div class="actions" role="group" aria-labelledby="${id}">
          ${actionForm(call, action, 'End', { hidden: { Session: digest } })}
        </div>
      </li>`;
    })}
  </ul>`;
}

const BROWSERS = [
  [/Edg\w*\//, 'Edge'],
  [/OPR\//, 'Opera'],
  [/Firefox\//, 'Firefox'],
  [/Chrom\w+\//, 'Chrome'],
  [/Safari\//, 'Safari'],
] as const;
const SYSTEMS = [
  [/Android/, 'Android'],
  [/iPhone|iPad/, 'iOS'],
  [/Windows/, 'Windows'],
  [/Mac OS X/, 'macOS'],
  [/Linux/, 'Linux'],
] as const;

/** The browser's name in words that people recognise, such as `Firefox on Linux`. */
export function browserOf(user_agent: string | null): string {
  const text = user_agent ?? '';
  const browser = BROWSERS.find(([pattern]) => pattern.test(text))?.[1] ?? 'A browser';
  const system = SYSTEMS.find(([pattern]) => pattern.test(text))?.[1];
  return system ? `${browser} on ${system}` : browser;
}

/** The page of new recovery codes, which are shown only once. */
export function recoveryCodesView(codes: readonly string[], added: string | null): View {
  return view({
    title: 'Your recovery codes',
    body: html`<div class="panel">
        ${added === null ? null : html`<p class="notice good" role="status">${added}</p>`}
        <p>
          If you lose your second factor, each code logs you in once, after your password. Print the
          codes, or keep them in a password manager: <strong>they are shown only now.</strong> If you lose
          both the second factor and the codes, ask the operator of this platform.
        </p>
        <ul class="codes">
          ${codes.map((one) => html`<li>${code(one)}</li>`)}
        </ul>
      </div>
      ${linkButton(PROFILE, 'I have kept them', 'primary')}`,
  });
}

/** Asks for confirmation before an act that cannot be undone. */
export function askFirstView(
  call: PageCall,
  ask: { title: string | Heading; text: string; action: string; label: string; danger: boolean },
): View {
  return view({
    title: ask.title,
    body: html`<p>${ask.text}</p>
      <form method="post" action="${ask.action}">
        ${formToken(call)}
        <div class="buttons">
          <button type="submit" class="${ask.danger ? 'danger' : 'primary'}">${ask.label}</button>
          ${linkButton(PROFILE, 'Cancel')}
        </div>
      </form>`,
  });
}
