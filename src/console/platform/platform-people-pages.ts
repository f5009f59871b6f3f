import { html } from 'hono/html';
import type { Db } from '../../db/database.ts';
import {
  heading,
  isolated,
  operatorPage,
  type Page,
  type PageCall,
  seeOther,
  view,
} from '../../http/pages/page.ts';
import { singleValue } from '../../http/parameters/form.ts';
import { orNotFound } from '../../kit/api-error.ts';
import {
  invitePerson,
  makePasswordLink,
  withdrawInvitation,
} from '../../people/links/make-link.ts';
import { linkPath } from '../../people/links/one-time-link.ts';
import { findPerson } from '../../people/person-life-store.ts';
import type { Member } from '../../people/person-store.ts';
import { recordForPerson } from '../../people/record-for-person.ts';
import { confirmView, formBody, secretView } from '../parts/console-views.ts';
import { demandMember } from '../parts/demand-member.ts';
import { emailField, invitationView, withdrawnNotice } from '../parts/people-views.ts';
import { ACCOUNT, demandMainAccount, pathOf } from '../parts/platform-account.ts';

/** The operators' pages that invite people to an account and make password links. */

const section = 'operator';

const invitePage = operatorPage({
  id: 'PlatformInvitePerson',
  path: `${ACCOUNT}/invite`,
  sensitive: true,
  async show(call) {
    const { friendly_name } = await demandMainAccount(call.db, call);
    return view({
      title: heading`Invite somebody to ${friendly_name}`,
      section,
      body: formBody(call, {
        action: `${pathOf(call)}/invite`,
        fields: emailField(call),
        label: 'Make the link',
        back: pathOf(call),
      }),
    });
  },
  async submit(call) {
    const email = singleValue(call.form, 'Email') ?? '';
    const secret = await call.change(async (act) => {
      const { sid: account_sid } = await demandMainAccount(act.tx, call);
      return invitePerson(act, { account_sid, email });
    });
    return invitationView(call.origin, secret, { email, section, back: pathOf(call) });
  },
});

const withdrawPage = operatorPage({
  id: 'PlatformWithdrawInvitation',
  path: `${ACCOUNT}/withdraw`,
  async submit(call) {
    const email = singleValue(call.form, 'Email') ?? '';
    const isWithdrawn = await call.change(async (act) => {
      const { sid } = await demandMainAccount(act.tx, call);
      return withdrawInvitation(act, sid, email);
    });
    return seeOther(pathOf(call), { notice: withdrawnNotice(isWithdrawn) });
  },
});

async function demandMemberOf(db: Db, call: PageCall<'Sid' | 'PersonSid'>): Promise<Member> {
  const { sid } = await demandMainAccount(db, call);
  return demandMember(db, sid, call);
}

const passwordLinkPage = operatorPage({
  id: 'PlatformPasswordLink',
  path: `${ACCOUNT}/people/:PersonSid/password-link`,
  sensitive: true,
  async show(call) {
    const { sid, name, email } = await demandMemberOf(call.db, call);
    return confirmView(call, {
      title: heading`A password link for ${name}?`,
      section,
      text: html`<p>
        Anybody with the link can set a new password for ${email}, once, within a day. ${isolated(name)} is logged out
        everywhere now. Be sure that ${isolated(name)} asked for it. The audit logs of their accounts will say that you made it.
      </p>`,
      action: `${pathOf(call)}/people/${sid}/password-link`,
      label: 'Make the link',
      back: pathOf(call),
      tone: 'primary',
    });
  },
  async submit(call) {
    const { secret, member } = await call.change(async (act) => {
      const { sid } = await demandMemberOf(act.tx, call);
      const member = orNotFound(await findPerson(act.tx, sid));
      await recordForPerson(act, sid, 'password_link.made');
      return { member, secret: await makePasswordLink(act, member) };
    });
    return secretView({
      title: 'The password link',
      section,
      intro: html`<p class="notice good" role="status">
        <strong>Copy this link now</strong> and give it to ${isolated(member.name)}. It cannot be shown again.
      </p>`,
      parts: [{ label: 'Link', text: `${call.origin}${linkPath(secret)}` }],
      advice: html`<p>It works once, within a day.</p>`,
      back: pathOf(call),
      back_label: 'I have copied it; go back',
    });
  },
});

export const platformPeoplePages: readonly Page[] = [invitePage, withdrawPage, passwordLinkPage];
