import { Secret, TOTP } from 'otpauth';
import type { KeyRing } from '../../kit/seal.ts';
import type { EpochMs } from '../../kit/utc.ts';

/** Time-based codes as every authenticator app makes them: SHA-1, six digits, 30 seconds. */
const FORM = { algorithm: 'SHA1', digits: 6, period: 30 } as const;
/** A code of the step before and after is taken too, for clocks that differ. */
const WINDOW = 1;
const SECRET_BYTES = 20;
const OFFER_MS = 30 * 60_000;
const OFFER_LENGTH = 1_000;

/** The secret of a code app before it is known to be in one. */
export interface TotpOffer {
  /** For typing in by hand: base32 in groups of four. */
  readonly secret: string;
  /** The `otpauth:` address that apps read, from a QR code for instance. */
  readonly uri: string;
  /** Comes back with the first code, so that nothing need be stored before that. */
  readonly sealed: string;
}

/** What was offered, as `openOffer` reads it. */
export interface OpenOffer {
  /** Of the factor that it becomes, so that it becomes one only. */
  readonly sid: string;
  readonly secret: string;
  readonly expires: EpochMs;
}

const offerRow = (person_sid: string) => `totp offer|${person_sid}`;

/** A new secret for somebody's code app. `issuer` is the host that the app shows. */
export function offerTotp(
  app: {
    readonly keyRing: KeyRing;
    readonly randomBytes: (size: number) => Buffer;
    readonly newSid: (prefix: 'SF') => string;
    readonly realNow: () => EpochMs;
  },
  person: { readonly sid: string; readonly email: string },
  issuer: string,
): TotpOffer {
  const { base32 } = new Secret({ buffer: Uint8Array.from(app.randomBytes(SECRET_BYTES)).buffer });
  const expires = app.realNow() + OFFER_MS;
  const offer: OpenOffer = { sid: app.newSid('SF'), secret: base32, expires };
  return showOffer(app.keyRing, offer, person, issuer);
}

/** An offer as the page shows it, the first time and again. */
export function showOffer(
  ring: KeyRing,
  offer: OpenOffer,
  person: { readonly sid: string; readonly email: string },
  issuer: string,
): TotpOffer {
  const { secret } = offer;
  return {
    secret: secret.replaceAll(/.{4}(?!$)/g, '$& '),
    uri: new TOTP({ ...FORM, issuer, label: person.email, secret }).toString(),
    sealed: ring.sealer().seal(JSON.stringify(offer), offerRow(person.sid)),
  };
}

/** Reads an offer that came back; null when it is too old, or was not made for this person. */
export function openOffer(
  ring: KeyRing,
  sealed: string,
  person_sid: string,
  now: EpochMs,
): OpenOffer | null {
  if (sealed.length > OFFER_LENGTH) return null;
  try {
    const offer = JSON.parse(ring.open(sealed, offerRow(person_sid))) as OpenOffer;
    return offer.expires > now ? offer : null;
  } catch {
    return null;
  }
}

/** The step whose code this is; null when it is the code of none that is near. */
export function stepOf(secret: string, code: string, now: EpochMs): number | null {
  const token = code.replaceAll(/\s/g, '');
  if (!/^\d{6}$/.test(token)) return null;
  const totp = new TOTP({ ...FORM, secret });
  const difference = totp.validate({ token, timestamp: now, window: WINDOW });
  return difference === null ? null : totp.counter({ timestamp: now }) + difference;
}
