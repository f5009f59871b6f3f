import { html } from 'hono/html';
import type { Html, PageCall, View } from '../../http/pages/page.ts';
import { actionForm, field, moment } from '../../pages/widgets.ts';
import { linkPath, type OneTimeLink } from '../../people/links/one-time-link.ts';
import { EMAIL_LENGTH } from '../../people/person.ts';
import { rows, secretView } from './console-views.ts';

/** The views of invitations, for an account's people and for operators. */

/** The open invitations, or null. @param own the path of the form that withdraws one */
export function openInvitations(
  call: PageCall,
  own: string,
  invitations: readonly OneTimeLink[],
): Html | null {
  if (invitations.length === 0) return null;
  return rows(
    'Open invitations',
    invitations.map(({ email, date_created, date_expires }) => ({
      name: email,
      about: html`<p class="muted">
        Made ${moment(date_created)}, works until ${moment(date_expires)}.
      </p>`,
      actions: actionForm(call, `${own}/withdraw`, 'Withdraw', { hidden: { Email: email } }),
    })),
  );
}

export function withdrawnNotice(isWithdrawn: boolean): string {
  return isWithdrawn
    ? 'The invitation is withdrawn; its link no longer works.'
    : 'The invitation was over already.';
}

/** The field for an address. @param help explains the field, which may stay empty then */
export function emailField(call: PageCall, help?: string): Html {
  return field(call, {
    name: 'Email',
    label: 'Email',
    type: 'email',
    inputmode: 'email',
    autocomplete: 'off',
    required: help === undefined,
    ...(help !== undefined && { help }),
    maxlength: EMAIL_LENGTH,
  });
}

/** The view of an invitation's link, which is shown only once. */
export function invitationView(
  origin: string,
  secret: string,
  {
    email,
    section,
    back,
  }: { readonly email: string; readonly section: string; readonly back: string },
): View {
  return secretView({
    title: 'The invitation',
    section,
    intro: html`<p class="notice good" role="status">
      <strong>Copy this link now</strong> and give it to ${email.trim()}. It cannot be shown again.
    </p>`,
    parts: [{ label: 'Link', text: `${origin}${linkPath(secret)}` }],
    advice: html`<p>
      It works once, within seven days, for anybody who opens it. Send it in a way that only they
      can read.
    </p>`,
    back,
    back_label: 'I have copied it; go back',
  });
}
