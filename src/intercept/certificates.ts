import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import type { EpochMs } from '../kit/utc.ts';
import { der, TAG } from './der.ts';

/** A certificate and its private key, both in PEM. `load-certificates.ts` imports this file. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

const DAY_MS = 86_400_000;
const CA_DAYS = 730;
/** Browsers accept 398 days at most. */
const LEAF_DAYS = 397;
/** A certificate begins before the moment it is made, because clocks differ. */
const BACKDATED_MS = DAY_MS;
const SERIAL_BYTES = 16;

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const NAME_CONSTRAINTS = '2.5.29.30';

/** The names that the CA may sign for: names below twilio.com, and no IP address. */
function nameConstraints(): x509.Extension {
  const domain = der(TAG.implicit(2), Buffer.from('twilio.com'));
  const everyAddress = [8, 32].map((size) =>
    der(TAG.sequence, der(TAG.implicit(7), Buffer.alloc(size))),
  );
  const permitted = der(TAG.explicit(0), der(TAG.sequence, domain));
  const excluded = der(TAG.explicit(1), ...everyAddress);
  return new x509.Extension(NAME_CONSTRAINTS, true, der(TAG.sequence, permitted, excluded));
}

/** Makes a CA that can sign for servers below twilio.com, and for nothing else. */
export async function makeAuthority(now: EpochMs): Promise<KeyPair> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const serialNumber = newSerial();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber,
    // A different name for each CA tells two of them apart in one trust store.
    name: [
      { O: ['Tieline'] },
      { CN: [`Tieline, for tests on this machine ${serialNumber.slice(0, 8)}`] },
    ],
    notBefore: new Date(now - BACKDATED_MS),
    notAfter: new Date(now + CA_DAYS * DAY_MS),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      nameConstraints(),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return pairOf(certificate, keys.privateKey);
}

/**
 * Makes a certificate for these hosts, signed by the CA. It never outlives the CA. This function
 * signs for any name; the constraints of the CA make a name outside of twilio.com worthless.
 */
export async function makeLeaf(
  authority: KeyPair,
  hosts: readonly string[],
  now: EpochMs,
): Promise<KeyPair> {
  const issuer = new x509.X509Certificate(authority.certificate);
  const pkcs8 = Buffer.from(authority.key.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64');
  const signingKey = await webcrypto.subtle.importKey('pkcs8', pkcs8, ALGORITHM, false, ['sign']);
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const end = Math.min(now + LEAF_DAYS * DAY_MS, issuer.notAfter.getTime());
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: newSerial(),
    issuer: issuer.subject,
    subject: [{ O: ['Tieline'] }],
    notBefore: new Date(now - BACKDATED_MS),
    notAfter: new Date(end),
    signingAlgorithm: ALGORITHM,
    signingKey,
    publicKey: keys.publicKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(
        hosts.map((value) => ({ type: 'dns' as const, value })),
      ),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return pairOf(certificate, keys.privateKey);
}

/** A positive number: the first bit is the sign, and stays 0. */
function newSerial(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(SERIAL_BYTES));
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return Buffer.from(bytes).toString('hex');
}

async function pairOf(
  certificate: x509.X509Certificate,
  key: webcrypto.CryptoKey,
): Promise<KeyPair> {
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key)).toString('base64');
  const lines = (pkcs8.match(/.{1,64}/g) ?? []).join('\n');
  return {
    certificate: `${certificate.toString('pem')}\n`,
    key: `-----BEGIN PRIVATE KEY-----\n${lines}\n-----END PRIVATE KEY-----\n`,
  };
}
