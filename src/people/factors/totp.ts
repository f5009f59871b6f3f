import { Secret, TOTP } from 'otpauth';
import type { KeyRing } from '../../kit/seal.ts';
import type { EpochMs } from '../../kit/utc.ts';

/** The form of time-based codes that every authenticator app supports. */
const FORM = { algorithm: 'SHA1', digits: 6, period: 30 } as const;
/** The codes of one step before and after are accepted too, because clocks differ. */
const WINDOW = 1;
const SECRET_BYTES = 20;
const OFFER_MS = 30 * 60_000;
const OFFER_LENGTH = 1_000;

/** A secret that is offered to a code app. */
export interface TotpOffer {
  /** The secret for typing: base32 in groups of four. */
  readonly secret: string;
  /** The `otpauth:` address, which apps read from a QR code for example. */
  readonly uri: string;
  /** The sealed offer. It comes back with the first code, so that nothing is stored before. */
  readonly sealed: string;
}

/** An offer, as `openOffer` reads it. */
export interface OpenOffer {
  /** The SID of the future factor, so that an offer makes only one factor. */
  readonly sid: string;
  readonly secret: string;
  readonly expires: EpochMs;
}

const offerRow = (person_sid: string) => `totp offer|${person_sid}`;

/** Makes a new secret for a person's code app. @param issuer the host that the app shows */
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

/** An offer for the page. */
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

/** Opens a returned offer; null when it is too old or was made for another person. */
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

/** The step of a code; null when it is not the code of a step near the present time. */
export function stepOf(secret: string, code: string, now: EpochMs): number | null {
  const token = code.replaceAll(/\s/g, '');
  if (!/^\d{6}$/.test(token)) return null;
  const totp = new TOTP({ ...FORM, secret });
  const difference = totp.validate({ token, timestamp: now, window: WINDOW });
  return difference === null ? null : totp.counter({ timestamp: now }) + difference;
}
