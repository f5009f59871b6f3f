import { isAlive } from '../access/session.ts';
import {
  type Page,
  type PersonCall,
  personPage,
  returnTo,
  seeOther,
  type View,
} from '../http/page.ts';
import { afterSignIn } from './after-sign-in.ts';
import { changePassword } from './change-password.ts';
import { endAllSessions } from './end-session.ts';
import { readName } from './person.ts';
import { updatePersonName } from './person-store.ts';
import { PROFILE, profileView } from './profile-views.ts';
import { recordForPerson } from './record-for-person.ts';
import { countRecoveryCodes, listSecondFactors } from './second-factor-store.ts';
import { listSessions } from './session-life-store.ts';
import { valueOf } from './sign-in-pages.ts';

/** A person's own name, password and sessions. */

async function showProfile(call: PersonCall): Promise<View> {
  const { db, app, person } = call;
  const sessions = await listSessions(db, person.sid);
  return profileView(call, {
    factors: await listSecondFactors(db, person.sid),
    codes_left: await countRecoveryCodes(db, person.sid),
    sessions: sessions.filter((session) => isAlive(session, app.realNow())),
  });
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
  path: `${PROFILE}/sessions`,
  show: showProfile,
  async submit({ change, person }) {
    await change((act) => endAllSessions(act, person.sid));
    return seeOther('/login', {
      notice: 'You are logged out everywhere.',
      cookies: [{ name: 'session', value: null }, returnTo(null)],
    });
  },
});

export const profilePages: readonly Page[] = [profilePage, passwordPage, sessionsPage];
