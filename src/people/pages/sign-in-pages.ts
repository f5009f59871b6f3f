import {
  openPage,
  type Page,
  type PageAnswer,
  type PageCall,
  personPage,
  seeOther,
} from '../../http/pages/page.ts';
import { singleValue } from '../../http/parameters/form.ts';
import { ApiError, badParameter } from '../../kit/api-error.ts';
import { listSecondFactors } from '../factors/second-factor-store.ts';
import { afterSignIn } from '../sign-in/after-sign-in.ts';
import { endSession } from '../sign-in/end-session.ts';
import { askForPasskey, passPasskey } from '../sign-in/passkey.ts';
import { WrongPassword } from '../sign-in/prove-password.ts';
import { type HalfVisitor, passCode } from '../sign-in/second-step.ts';
import { confirmSession, signIn } from '../sign-in/sign-in.ts';
import { countSignIn } from '../sign-in/sign-in-metrics.ts';
import { signUp } from '../sign-in/sign-up.ts';
import {
  confirmItIsYouView,
  logInView,
  logOutView,
  secondFactorView,
  signUpView,
} from './sign-in-views.ts';

/** The entered value of a field; empty when it is missing. */
export function valueOf({ form }: Pick<PageCall, 'form'>, name: string): string {
  return singleValue(form, name) ?? '';
}

/** Sends a visitor who is signed in already to their destination. */
function goOn(call: PageCall): PageAnswer | null {
  return call.session && !call.problem ? seeOther(call.destination ?? '/console') : null;
}

const logInPage = openPage({
  id: 'LogIn',
  path: '/login',
  show: (call) => goOn(call) ?? logInView(call),
  async submit(call) {
    const entered = { email: valueOf(call, 'Email'), password: valueOf(call, 'Password') };
    return afterSignIn(call, await countSignIn(call, 'password', signIn(call, entered)));
  },
});

const signUpPage = openPage({
  id: 'SignUp',
  path: '/signup',
  show: (call) => goOn(call) ?? signUpView(call),
  async submit(call) {
    const entered = {
      email: valueOf(call, 'Email'),
      name: valueOf(call, 'Name'),
      password: valueOf(call, 'Password'),
    };
    return afterSignIn(call, await signUp(call, entered));
  },
});

const logOutPage = openPage({
  id: 'LogOut',
  path: '/logout',
  show: logOutView,
  async submit({ app, session, half_session }) {
    const digest = (session ?? half_session)?.digest;
    if (digest !== undefined) await app.database.write((tx) => endSession({ tx }, digest));
    return seeOther('/login', {
      notice: 'You are logged out.',
      cookies: [{ name: 'session', value: null }],
    });
  },
});

/** @throws ApiError 401 when no session waits for a second factor */
function halfVisitor(call: PageCall): HalfVisitor {
  const { half_session } = call;
  if (!half_session) {
    throw new ApiError(401, 20003, 'Your sign-in has ended. Log in again with your password.');
  }
  return { ...call, half_session };
}

const secondFactorPage = openPage({
  id: 'SecondFactor',
  path: '/login/second-factor',
  async show(call) {
    const { db, half_session } = call;
    if (!half_session) return seeOther(call.session ? (call.destination ?? '/console') : '/login');
    const factors = await listSecondFactors(db, half_session.person_sid);
    const has = (kind: 'totp' | 'passkey') => factors.some((factor) => factor.kind === kind);
    return secondFactorView(call, { code: has('totp'), passkey: has('passkey') });
  },
  async submit(call) {
    const visitor = halfVisitor(call);
    const passkey = singleValue(call.form, 'Passkey');
    const { origin } = new URL(call.origin);
    const signedIn =
      passkey === undefined
        ? await countSignIn(call, 'code', passCode(visitor, valueOf(call, 'Code')))
        : await countSignIn(call, 'passkey', passPasskey(visitor, origin, passkey));
    return afterSignIn(call, signedIn);
  },
});

const askForPasskeyPage = openPage({
  id: 'AskForPasskey',
  path: '/login/second-factor/passkey',
  async submit(call) {
    const options = await askForPasskey(halfVisitor(call), new URL(call.origin).origin);
    return { kind: 'file', type: 'application/json', bytes: JSON.stringify(options) };
  },
});

const confirmPage = personPage({
  id: 'ConfirmItIsYou',
  path: '/login/confirm',
  show: (call) => confirmItIsYouView(call, call.person.email),
  async submit(call) {
    const confirming = confirmSession(call, valueOf(call, 'Password'));
    const confirmed = await countSignIn(call, 'confirm', confirming).catch((error: unknown) => {
      throw error instanceof WrongPassword ? badParameter('Password', 'is not right') : error;
    });
    return afterSignIn(call, confirmed);
  },
});

/** The pages of signing in, up and out. */
export const signInPages: readonly Page[] = [
  logInPage,
  signUpPage,
  logOutPage,
  secondFactorPage,
  askForPasskeyPage,
  confirmPage,
];
