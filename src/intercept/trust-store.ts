import { der, oid, TAG } from './der.ts';

const DATA = '1.2.840.113549.1.7.1';
const CERT_BAG = '1.2.840.113549.1.12.10.1.3';
const X509_CERTIFICATE = '1.2.840.113549.1.9.22.1';
const FRIENDLY_NAME = '1.2.840.113549.1.9.20';
/** The attribute that tells Java to trust a certificate for any use. */
const TRUSTED_KEY_USAGE = '2.16.840.1.113894.746875.1.1';
const ANY_USE = '2.5.29.37.0';
const PEM_BLOCK = /-----BEGIN (?:TRUSTED )?CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END/g;

/** The certificates of a PEM file, in DER and in order. Anything else in the file is left out. */
export function readCertificates(pem: string): Buffer[] {
  return [...pem.matchAll(PEM_BLOCK)].map(([, text = '']) => Buffer.from(text, 'base64'));
}

/**
 * Makes a trust store for Java: PKCS #12 (RFC 7292) with certificates. It holds no secret, so it
 * has no password and no checksum that would need one. Java reads such a store without a password.
 */
export function writeTrustStore(certificates: readonly Buffer[]): Buffer {
  const bags = certificates.map((certificate, place) => trustedCertificate(certificate, place));
  const contents = der(TAG.sequence, dataOf(der(TAG.sequence, ...bags)));
  return der(TAG.sequence, der(TAG.integer, Buffer.from([3])), dataOf(contents));
}

function dataOf(content: Buffer): Buffer {
  return der(TAG.sequence, oid(DATA), der(TAG.explicit(0), der(TAG.octets, content)));
}

function trustedCertificate(certificate: Buffer, place: number): Buffer {
  const bag = der(
    TAG.sequence,
    oid(X509_CERTIFICATE),
    der(TAG.explicit(0), der(TAG.octets, certificate)),
  );
  const name = Buffer.from(`ca-${place}`, 'utf16le').swap16();
  const attributes = der(
    TAG.set,
    attribute(FRIENDLY_NAME, der(TAG.bmp, name)),
    attribute(TRUSTED_KEY_USAGE, oid(ANY_USE)),
  );
  return der(TAG.sequence, oid(CERT_BAG), der(TAG.explicit(0), bag), attributes);
}

function attribute(type: string, value: Buffer): Buffer {
  return der(TAG.sequence, oid(type), der(TAG.set, value));
}
