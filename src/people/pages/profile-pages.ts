import { isAlive } from '../../access/session.ts';
import {
  type Page,
  type PersonCall,
  personPage,
  returnTo,
  seeOther,
  type View,
} from '../../http/pages/page.ts';
import { countRecoveryCodes, listSecondFactors } from '../factors/second-factor-store.ts';
import { changePassword } from '../links/change-password.ts';
import { readName } from '../person.ts';
import { updatePersonName } from '../person-store.ts';
import { recordForPerson } from '../record-for-person.ts';
import { afterSignIn } from '../sign-in/after-sign-in.ts';
import { endAllSessions, endSessionOf } from '../sign-in/end-session.ts';
import { listSessions, type SessionRow } from '../sign-in/session-life-store.ts';
import { PROFILE, profileView, SESSIONS, sessionsView } from './profile-views.ts';
import { valueOf } from './sign-in-pages.ts';

/** The page of a person's own name, password and sessions. */

async function showProfile(call: PersonCall): Promise<View> {
  const { db, person } = call;
  return profileView(call, {
    factors: await listSecondFactors(db, person.sid),
    codes_left: await countRecoveryCodes(db, person.sid),
    sessions: await openSessions(call),
  });
}

async function openSessions({ db, app, person }: PersonCall): Promise<SessionRow[]> {
  const sessions = await listSessions(db, person.sid);
  return sessions.filter((session) => isAlive(session, app.realNow()));
}

const profilePage = personPage({
  id: 'Profile',
  path: PROFILE,
  show: showProfile,
  async submit(call) {
    const { app, person } = call;
    const name = readName(valueOf(call, 'Name'));
    await call.change(async (act) => {
      await updatePersonName(act.tx, person.sid, { name, date_updated: app.realNow() });
      await recordForPerson(act, person.sid, 'person.renamed', { name });
    });
    return seeOther(PROFILE, { notice: 'Saved.' });
  },
});

const passwordPage = personPage({
  id: 'ProfilePassword',
  path: `${PROFILE}/password`,
  show: showProfile,
  async submit(call) {
    const changed = await changePassword(call, {
      current: valueOf(call, 'CurrentPassword'),
      password: valueOf(call, 'NewPassword'),
    });
    const onward = afterSignIn({ destination: PROFILE }, changed);
    return {
      ...onward,
      notice: 'The password is changed, and you are logged out everywhere else.',
    };
  },
});

const sessionsPage = personPage({
  id: 'ProfileSessions',
  path: SESSIONS,
  sensitive: true,
  async show(call) {
    return sessionsView(call, await openSessions(call));
  },
  async submit(call) {
    const { change, person, session } = call;
    const which = valueOf(call, 'Session');
    if (which === 'others') {
      await change((act) => endAllSessions(act, person.sid, session.digest));
      return seeOther(SESSIONS, { notice: 'You are logged out everywhere else.' });
    }
    if (which === '' || which === 'all') {
      await change((act) => endAllSessions(act, person.sid));
      return loggedOut('You are logged out everywhere.');
    }
    await change((act) => endSessionOf(act, person.sid, which));
    return which === session.digest
      ? loggedOut('You are logged out.')
      : seeOther(SESSIONS, { notice: 'That session has ended.' });
  },
});

function loggedOut(notice: string) {
  const cookies = [{ name: 'session', value: null } as const, returnTo(null)];
  return seeOther('/login', { notice, cookies });
}

export const profilePages: readonly Page[] = [profilePage, passwordPage, sessionsPage];
