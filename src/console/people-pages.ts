import { html } from 'hono/html';
import type { Db } from '../db/open-database.ts';
import { singleValue } from '../http/form.ts';
import {
  type AccountCall,
  accountPage,
  type Html,
  type Page,
  type PageCall,
  seeOther,
  type View,
  view,
} from '../http/page.ts';
import { NotFound } from '../kit/api-error.ts';
import { actionForm, field, linkButton, moment } from '../pages/widgets.ts';
import { invitePerson, withdrawInvitation } from '../people/make-link.ts';
import { linkPath, type OneTimeLink } from '../people/one-time-link.ts';
import { listOpenInvitations } from '../people/one-time-link-store.ts';
import { EMAIL_LENGTH } from '../people/person.ts';
import { listPeopleOfAccount, type Member } from '../people/person-store.ts';
import { removeMember } from '../people/remove-member.ts';
import { confirmView, formBody, rows, secretView } from './console-views.ts';

/** Who may sign in to an account. Everybody may do everything, so adding somebody is sensitive. */

const PEOPLE = '/console/:AccountSid/people';
const section = 'people';
const peopleOf = ({ account }: AccountCall) => `/console/${account.sid}/people`;

const peoplePage = accountPage({
  id: 'AccountPeople',
  path: PEOPLE,
  async show(call) {
    const { db, app, account, person } = call;
    const own = peopleOf(call);
    const people = await listPeopleOfAccount(db, account.sid);
    const invitations = await listOpenInvitations(db, account.sid, app.realNow());
    const isAlone = people.length === 1;
    return view({
      title: 'People',
      section,
      body: html`<div class="head">
          <p>Everybody here can see and change everything of this account.</p>
          ${linkButton(`${own}/invite`, 'Invite somebody', 'primary')}
        </div>
        ${rows(
          'People of this account',
          people.map((member) => ({
            name: html`${member.name}
            ${member.sid === person.sid ? html`<span class="tag">You</span>` : null}`,
            about: html`<p>${member.email}</p>
              <p class="muted">Since ${moment(member.date_joined)}.</p>`,
            actions: isAlone
              ? null
              : linkButton(
                  `${own}/${member.sid}/remove`,
                  member.sid === person.sid ? 'Leave' : 'Remove',
                  'danger',
                ),
          })),
        )}
        ${isAlone ? ALONE : null} ${openInvitations(call, invitations)}`,
    });
  },
});

const ALONE = html`<p class="muted">
  You are the only one, so you cannot leave. A second person can help when you lose your password.
</p>`;

function openInvitations(call: AccountCall, invitations: readonly OneTimeLink[]): Html | null {
  if (invitations.length === 0) return null;
  return html`<h2>Open invitations</h2>
    ${rows(
      'Open invitations',
      invitations.map(({ email, date_created, date_expires }) => ({
        name: email,
        about: html`<p class="muted">
          Made ${moment(date_created)}, works until ${moment(date_expires)}.
        </p>`,
        actions: actionForm(call, `${peopleOf(call)}/withdraw`, 'Withdraw', {
          hidden: { Email: email },
        }),
      })),
    )}`;
}

const invitePage = accountPage({
  id: 'InvitePerson',
  path: `${PEOPLE}/invite`,
  sensitive: true,
  show: (call) =>
    view({
      title: 'Invite somebody',
      section,
      body: html`<p>
          You get a link that works once, within seven days, and hand it over yourself: no mail is sent.
          Whoever accepts can see and change everything of ${call.account.friendly_name}.
        </p>
        ${formBody(call, {
          action: `${peopleOf(call)}/invite`,
          fields: emailField(call),
          label: 'Make the link',
          back: peopleOf(call),
        })}`,
    }),
  async submit(call) {
    const email = singleValue(call.form, 'Email') ?? '';
    const account_sid = call.account.sid;
    const secret = await call.change((act) => invitePerson(act, { account_sid, email }));
    return invitationView(call.origin, secret, { email, section, back: peopleOf(call) });
  },
});

/** `help` makes it a field that may stay empty, and says for what it is. */
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

/** A link to hand over, shown this once. */
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
      It works once, within seven days, for whoever opens it: send it over a way that only they can read.
    </p>`,
    back,
    back_label: 'I have copied it; go back',
  });
}

const withdrawPage = accountPage({
  id: 'WithdrawInvitation',
  path: `${PEOPLE}/withdraw`,
  async submit(call) {
    const email = singleValue(call.form, 'Email') ?? '';
    const isWithdrawn = await call.change((act) =>
      withdrawInvitation(act, call.account.sid, email),
    );
    const notice = isWithdrawn
      ? 'The invitation is withdrawn; its link works no more.'
      : 'The invitation was over already.';
    return seeOther(peopleOf(call), { notice });
  },
});

/** One of the account's people. @throws ApiError 404 */
async function demandMember(db: Db, { account, path }: AccountCall): Promise<Member> {
  const people = await listPeopleOfAccount(db, account.sid);
  const member = people.find(({ sid }) => sid === path['PersonSid']);
  if (!member) throw new NotFound();
  return member;
}

const removePage = accountPage({
  id: 'RemovePerson',
  path: `${PEOPLE}/:PersonSid/remove`,
  sensitive: true,
  async show(call) {
    const member = await demandMember(call.db, call);
    const isSelf = member.sid === call.person.sid;
    const { friendly_name } = call.account;
    return confirmView(call, {
      title: isSelf ? `Leave ${friendly_name}?` : `Remove ${member.name}?`,
      section,
      text: isSelf
        ? html`<p>
            You lose your own access to ${friendly_name} at once. Only one of its other people, or whoever
            runs this platform, can invite you back.
          </p>`
        : html`<p>
            ${member.name} (${member.email}) loses access to ${friendly_name} at once. Auth tokens and API
            keys that they may have copied go on working: change those as well.
          </p>`,
      action: `${peopleOf(call)}/${member.sid}/remove`,
      label: isSelf ? 'Leave' : 'Remove',
      back: peopleOf(call),
    });
  },
  async submit(call) {
    const { sid, name } = await demandMember(call.db, call);
    await call.change((act) => removeMember(act, call.account.sid, sid));
    return sid === call.person.sid
      ? seeOther('/console', { notice: `You have left ${call.account.friendly_name}.` })
      : seeOther(peopleOf(call), { notice: `${name} is removed.` });
  },
});

export const peoplePages: readonly Page[] = [peoplePage, invitePage, withdrawPage, removePage];
