import { html } from 'hono/html';
import {
  type AccountCall,
  accountPage,
  heading,
  isolated,
  type Page,
  seeOther,
  view,
} from '../../http/pages/page.ts';
import { singleValue } from '../../http/parameters/form.ts';
import { linkButton, moment } from '../../pages/widgets.ts';
import { invitePerson, withdrawInvitation } from '../../people/links/make-link.ts';
import { listOpenInvitations } from '../../people/links/one-time-link-store.ts';
import { listPeopleOfAccount } from '../../people/person-store.ts';
import { removeMember } from '../../people/remove-member.ts';
import { confirmView, formBody, rows } from '../parts/console-views.ts';
import { demandMember } from '../parts/demand-member.ts';
import {
  emailField,
  invitationView,
  openInvitations,
  withdrawnNotice,
} from '../parts/people-views.ts';

/** The pages of an account's people. Each of them may do everything, so inviting is sensitive. */

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
            name: html`${isolated(member.name)}
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
        ${isAlone ? ALONE : null}
        ${invitations.length === 0 ? null : html`<h2>Open invitations</h2>`}
        ${openInvitations(call, peopleOf(call), invitations)}`,
    });
  },
});

const ALONE = html`<p class="muted">
  You are the only one, so you cannot leave. A second person can help when you lose your password.
</p>`;

const invitePage = accountPage({
  id: 'InvitePerson',
  path: `${PEOPLE}/invite`,
  sensitive: true,
  show: (call) =>
    view({
      title: 'Invite somebody',
      section,
      body: html`<p>
          You get a link that works once, within seven days. No mail is sent, so pass the link on
          yourself. The person who accepts can see and change everything of ${isolated(call.account.friendly_name)}.
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

const withdrawPage = accountPage({
  id: 'WithdrawInvitation',
  path: `${PEOPLE}/withdraw`,
  async submit(call) {
    const email = singleValue(call.form, 'Email') ?? '';
    const isWithdrawn = await call.change((act) =>
      withdrawInvitation(act, call.account.sid, email),
    );
    return seeOther(peopleOf(call), { notice: withdrawnNotice(isWithdrawn) });
  },
});

const removePage = accountPage({
  id: 'RemovePerson',
  path: `${PEOPLE}/:PersonSid/remove`,
  sensitive: true,
  async show(call) {
    const member = await demandMember(call.db, call.account.sid, call);
    const isSelf = member.sid === call.person.sid;
    const { friendly_name } = call.account;
    return confirmView(call, {
      title: isSelf ? heading`Leave ${friendly_name}?` : heading`Remove ${member.name}?`,
      section,
      text: isSelf
        ? html`<p>
            You lose your own access to ${isolated(friendly_name)} immediately. Only its other people
            and the people who run this platform can invite you back.
          </p>`
        : html`<p>
            ${isolated(member.name)} (${member.email}) loses access to ${isolated(friendly_name)} immediately. Auth tokens and
            API keys that they may have copied still work, so change those as well.
          </p>`,
      action: `${peopleOf(call)}/${member.sid}/remove`,
      label: isSelf ? 'Leave' : 'Remove',
      back: peopleOf(call),
    });
  },
  async submit(call) {
    const { sid, name } = await demandMember(call.db, call.account.sid, call);
    await call.change((act) => removeMember(act, call.account.sid, sid));
    return sid === call.person.sid
      ? seeOther('/console', { notice: `You have left ${call.account.friendly_name}.` })
      : seeOther(peopleOf(call), { notice: `${name} is removed.` });
  },
});

export const peoplePages: readonly Page[] = [peoplePage, invitePage, withdrawPage, removePage];
