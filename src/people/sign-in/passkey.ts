import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
} from '@simplewebauthn/server';
import type { Session } from '../../access/session-store.ts';
import type { App } from '../../app.ts';
import { act } from '../../audit/act.ts';
import type { PersonCall } from '../../http/pages/page.ts';
import { badRequest } from '../../kit/api-error.ts';
import { addFactor, type FirstCodes } from '../factors/change-second-factors.ts';
import { readFactorName, type SecondFactor, wrongFactor } from '../factors/second-factor.ts';
import { advanceCounter, listSecondFactors } from '../factors/second-factor-store.ts';
import { demandFreshPassword, finishSecondStep, type HalfVisitor } from './second-step.ts';
import { takeChallenge, writeChallenge } from './session-life-store.ts';
import { personActor, type SignedIn } from './sign-in.ts';

/**
 * Passkeys as a second factor. A ceremony has two requests: the first stores a challenge in the
 * session, and the second answers it, once. The library loads with the first ceremony. It checks
 * signatures outside of every deed.
 */

const CHALLENGE_BYTES = 32;
const RESPONSE_LENGTH = 20_000;
/** EdDSA, ES256 and RS256, which authenticators use and every Node.js can check. */
const ALGORITHMS = [-8, -7, -257];

/** The site of a passkey, from the origin in the browser. */
function siteOf(origin: string) {
  return { expectedOrigin: origin, expectedRPID: new URL(origin).hostname };
}

/** The options with which the browser makes a passkey for a signed-in person. */
export async function offerPasskey(
  app: App,
  session: Session,
  origin: string,
): Promise<PublicKeyCredentialCreationOptionsJSON> {
  const { generateRegistrationOptions } = await import('@simplewebauthn/server');
  const { person } = session;
  const known = await listPasskeys(app, person.sid);
  const options = await generateRegistrationOptions({
    rpName: 'Tieline',
    rpID: siteOf(origin).expectedRPID,
    userName: person.email,
    userDisplayName: person.name,
    userID: new Uint8Array(Buffer.from(person.sid)),
    challenge: new Uint8Array(app.randomBytes(CHALLENGE_BYTES)),
    excludeCredentials: known.map(({ credential_id }) => ({ id: credential_id })),
    supportedAlgorithmIDs: ALGORITHMS,
    authenticatorSelection: { residentKey: 'discouraged', userVerification: 'preferred' },
  });
  await keepChallenge(app, session, options.challenge);
  return options;
}

/**
 * Adds a passkey that the browser made as a second factor.
 * @returns the recovery codes that come with the first factor
 * @throws ApiError 400 when it does not answer the challenge, or belongs to another site
 */
export async function addPasskey(
  { app, session, change }: Pick<PersonCall, 'app' | 'session' | 'change'>,
  origin: string,
  entered: { readonly response: string; readonly name: string },
): Promise<FirstCodes> {
  const { verifyRegistrationResponse } = await import('@simplewebauthn/server');
  const { person_sid } = session;
  const name = readFactorName(entered.name, 'Passkey');
  const expectedChallenge = await app.database.write((tx) => takeChallenge(tx, session.digest));
  const response = readResponse(entered.response) as RegistrationResponseJSON | null;
  const checked =
    response && expectedChallenge !== null
      ? await verifyRegistrationResponse({
          response,
          expectedChallenge,
          ...siteOf(origin),
          requireUserVerification: false,
          supportedAlgorithmIDs: ALGORITHMS,
        }).catch(() => null)
      : null;
  if (!checked?.verified) {
    throw badRequest('The passkey could not be added: reload the page and try again.');
  }
  const { credential } = checked.registrationInfo;
  const factor: SecondFactor = {
    sid: app.newSid('SF'),
    person_sid,
    kind: 'passkey',
    name,
    sealed: null,
    sealed_with: null,
    credential_id: credential.id,
    public_key: Buffer.from(credential.publicKey).toString('base64url'),
    counter: credential.counter,
    date_created: app.realNow(),
    date_last_used: null,
  };
  return change((doing) => addFactor(doing, factor));
}

/** The options with which the browser asks for a person's passkey; null when they have none. */
export async function askForPasskey(
  { app, half_session }: HalfVisitor,
  origin: string,
): Promise<PublicKeyCredentialRequestOptionsJSON | null> {
  const known = await listPasskeys(app, half_session.person_sid);
  if (known.length === 0) return null;
  const { generateAuthenticationOptions } = await import('@simplewebauthn/server');
  const options = await generateAuthenticationOptions({
    rpID: siteOf(origin).expectedRPID,
    allowCredentials: known.map(({ credential_id }) => ({ id: credential_id })),
    challenge: new Uint8Array(app.randomBytes(CHALLENGE_BYTES)),
    userVerification: 'preferred',
  });
  await keepChallenge(app, half_session, options.challenge);
  return options;
}

/**
 * The second step of signing in, with a passkey. A passkey cannot be guessed, so attempts are not
 * counted and failures of others do not delay it.
 * @throws ApiError 403 when it does not fit, 401 when the first step was too long ago
 */
export async function passPasskey(
  visitor: HalfVisitor,
  origin: string,
  text: string,
): Promise<SignedIn> {
  const { app, half_session } = visitor;
  const { person_sid, digest } = half_session;
  demandFreshPassword(visitor);
  const expectedChallenge = await app.database.write((tx) => takeChallenge(tx, digest));
  const response = readResponse(text) as AuthenticationResponseJSON | null;
  const known = await listPasskeys(app, person_sid);
  const factor = known.find(({ credential_id }) => credential_id === response?.id);
  if (expectedChallenge === null || !response || !factor) throw wrongFactor();
  const { verifyAuthenticationResponse } = await import('@simplewebauthn/server');
  const checked = await verifyAuthenticationResponse({
    response,
    expectedChallenge,
    ...siteOf(origin),
    credential: {
      id: factor.credential_id,
      publicKey: new Uint8Array(Buffer.from(factor.public_key, 'base64url')),
      counter: factor.counter,
    },
    requireUserVerification: false,
  }).catch(() => null);
  if (!checked?.verified) throw wrongFactor();
  const { newCounter } = checked.authenticationInfo;
  return act(app, personActor(person_sid, visitor.network), async (doing) => {
    if (!(await advanceCounter(doing.tx, factor, newCounter, app.realNow()))) throw wrongFactor();
    return finishSecondStep(doing, visitor);
  });
}

type Passkey = SecondFactor & { readonly credential_id: string; readonly public_key: string };

async function listPasskeys({ database }: App, person_sid: string): Promise<Passkey[]> {
  const factors = await listSecondFactors(database.db, person_sid);
  return factors.filter((factor): factor is Passkey => factor.kind === 'passkey');
}

async function keepChallenge(app: App, { digest }: Session, challenge: string): Promise<void> {
  await app.database.write((tx) => writeChallenge(tx, digest, challenge));
}

/** Reads the answer of the page's script; null for any other text. */
function readResponse(text: string): { readonly id: string } | null {
  if (text.length > RESPONSE_LENGTH) return null;
  try {
    const value: unknown = JSON.parse(text);
    const isResponse = typeof value === 'object' && value !== null && 'id' in value;
    return isResponse && typeof value.id === 'string' ? (value as { readonly id: string }) : null;
  } catch {
    return null;
  }
}
