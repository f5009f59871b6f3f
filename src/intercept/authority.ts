import { createPrivateKey, X509Certificate } from 'node:crypto';
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { ConfigError } from '../config.ts';
import { makeFolder } from '../kit/make-folder.ts';
import type { EpochMs } from '../kit/utc.ts';
import type { KeyPair } from './certificates.ts';
import { PLAIN_HOSTS } from './hosts.ts';
import { loadCertificates } from './load-certificates.ts';

const DAY_MS = 86_400_000;
/** A certificate that ends sooner than this is replaced, so that no long run outlives it. */
const RENEWED_DAYS = 30;

const CA_CERTIFICATE = 'ca.pem';
const CA_KEY = 'ca.key';
/** The certificate of the plain hosts and its key. One file holds both, so they always match. */
const LEAF = 'leaf.pem';

/** A CA, and the certificate for the plain hosts that it signed. */
export interface Authority {
  readonly ca: KeyPair;
  readonly leaf: KeyPair;
  /** The file of the CA's certificate; null when the CA is for one run only. */
  readonly file: string | null;
}

/**
 * Opens the CA of this user. A CA that is missing or about to end is made. Several processes may do
 * that at once: all of them get the same complete CA, and the others discard theirs.
 * @throws ConfigError when other users may read the files, or when they hold no certificate and key
 * @throws the system's error when the folder cannot be made or written
 */
export async function openAuthority(folder: string, now: EpochMs): Promise<Authority> {
  const ca = readAuthority(folder) ?? (await placeAuthority(folder, now, { is_renewal: false }));
  if (!isOutOfDate(ca, now)) return await withLeaf(folder, ca, now);
  return await withLeaf(folder, await placeAuthority(folder, now, { is_renewal: true }), now);
}

/** A CA for this run only, for a user whose folder cannot be written. */
export async function makePassingAuthority(now: EpochMs): Promise<Authority> {
  const { makeAuthority, makeLeaf } = await loadCertificates();
  const ca = await makeAuthority(now);
  return { ca, leaf: await makeLeaf(ca, PLAIN_HOSTS, now), file: null };
}

function readAuthority(folder: string): KeyPair | null {
  const files = [join(folder, CA_CERTIFICATE), join(folder, CA_KEY)] as const;
  if (!files.some((file) => existsSync(file))) return null;
  demandPrivate(folder, 0o022, '700');
  demandPrivate(files[1], 0o077, '600');
  try {
    return readPair(readFileSync(files[0], 'utf8'), readFileSync(files[1], 'utf8'));
  } catch {
    throw new ConfigError(
      `The CA in ${folder} cannot be read: remove that folder, and the next run makes a new CA.`,
    );
  }
}

/** @throws ConfigError when anybody but the owner has any of these rights. */
function demandPrivate(path: string, rights: number, mode: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found || process.platform === 'win32' || (found.mode & rights) === 0) return;
  const what =
    rights === 0o077
      ? 'key of the CA is open to others'
      : 'folder of the CA can be changed by others';
  throw new ConfigError(`The ${what}: run chmod ${mode} '${path}'.`);
}

/** @throws when these are not a certificate and a key that belong together. */
function readPair(certificate: string, key: string): KeyPair {
  if (!new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key))) {
    throw new Error('the key is of another certificate');
  }
  return { certificate, key };
}

/** Whether it ends soon, or has not begun because the clock was wrong when it was made. */
function isOutOfDate({ certificate }: KeyPair, now: EpochMs): boolean {
  const { validFromDate, validToDate } = new X509Certificate(certificate);
  const left_ms = validToDate.getTime() - now;
  return left_ms < RENEWED_DAYS * DAY_MS || validFromDate.getTime() > now;
}

/**
 * Makes a CA in a new folder and moves the whole folder into place. If another process was first,
 * its CA is used.
 */
async function placeAuthority(
  folder: string,
  now: EpochMs,
  { is_renewal }: { readonly is_renewal: boolean },
): Promise<KeyPair> {
  makeFolder(dirname(folder), 0o700);
  const made = mkdtempSync(`${folder}.new-`);
  try {
    const { makeAuthority } = await loadCertificates();
    const ca = await makeAuthority(now);
    writeFileSync(join(made, CA_CERTIFICATE), ca.certificate, { mode: 0o644 });
    writeFileSync(join(made, CA_KEY), ca.key, { mode: 0o600 });
    if (is_renewal) moveAway(folder, `${made}.old`);
    renameSync(made, folder);
    return ca;
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
    const other = readAuthority(folder);
    if (!other) throw error;
    return other;
  } finally {
    rmSync(made, { recursive: true, force: true });
    rmSync(`${made}.old`, { recursive: true, force: true });
  }
}

function moveAway(folder: string, to: string): void {
  try {
    renameSync(folder, to);
  } catch (error) {
    // Another process has moved it away already.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

async function withLeaf(folder: string, ca: KeyPair, now: EpochMs): Promise<Authority> {
  const file = join(folder, CA_CERTIFICATE);
  const kept = readLeaf(folder, ca);
  if (kept && !isOutOfDate(kept, now)) return { ca, leaf: kept, file };
  const { makeLeaf } = await loadCertificates();
  const leaf = await makeLeaf(ca, PLAIN_HOSTS, now);
  const partial = join(mkdtempSync(join(folder, 'new-')), LEAF);
  try {
    writeFileSync(partial, leaf.certificate + leaf.key, { mode: 0o600 });
    renameSync(partial, join(folder, LEAF));
  } finally {
    rmSync(dirname(partial), { recursive: true, force: true });
  }
  return { ca, leaf, file };
}

/** The stored leaf; null when it is missing, damaged or signed by another CA. */
function readLeaf(folder: string, ca: KeyPair): KeyPair | null {
  try {
    const text = readFileSync(join(folder, LEAF), 'utf8');
    const start = text.indexOf('-----BEGIN PRIVATE KEY-----');
    const pair = readPair(text.slice(0, start), text.slice(start));
    const leaf = new X509Certificate(pair.certificate);
    const isSigned = leaf.verify(new X509Certificate(ca.certificate).publicKey);
    return isSigned && PLAIN_HOSTS.every((host) => leaf.checkHost(host)) ? pair : null;
  } catch {
    return null;
  }
}
