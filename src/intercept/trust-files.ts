import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { ConfigError } from '../config.ts';
import { readCertificates, writeTrustStore } from './trust-store.ts';

/** The files in which systems keep their trusted certificates, as one PEM file. */
const SYSTEM_ROOTS = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
  '/usr/local/share/certs/ca-root-nss.crt',
];

/** Variables that add certificates to those that a program trusts. */
const ADDING = ['NODE_EXTRA_CA_CERTS', 'DENO_CERT'] as const;
/** Variables that replace all certificates that a program trusts. */
const REPLACING = ['SSL_CERT_FILE', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE'] as const;

type Env = Readonly<Record<string, string | undefined>>;

/** The files by which programs trust the CA. Variables in the environment name them. */
export interface TrustFiles extends Disposable {
  /** The folder that holds all of them. */
  readonly folder: string;
  /** The CA and the system's roots, in PEM. */
  readonly bundle: string;
  /** The same certificates as a trust store for Java. */
  readonly trust_store: string;
  /** A folder for `PYTHONPATH`, and one for `PHP_INI_SCAN_DIR`. */
  readonly python: string;
  readonly php: string;
  readonly variables: Readonly<Record<string, string>>;
  /** A sentence for each file that could not be read. */
  readonly notices: readonly string[];
}

/**
 * Writes the files into a new folder, which is deleted when they are disposed of. They include the
 * certificates that the variables named before, so that other hosts are verified as before.
 */
export function writeTrustFiles(ca: string, env: Env): TrustFiles {
  const folder = makeTrustFolder();
  const bundle = join(folder, 'bundle.pem');
  const roots = systemRoots();
  writeFileSync(bundle, `${roots}\n${ca}`);
  const trust_store = join(folder, 'trust.p12');
  writeFileSync(trust_store, writeTrustStore(readCertificates(`${roots}\n${ca}`)));
  const notices: string[] = [];
  const variables: Record<string, string> = {};
  for (const name of [...ADDING, ...REPLACING]) {
    const isAdding = ADDING.some((one) => one === name);
    const before = readBefore(name, env, notices);
    variables[name] = before === null && !isAdding ? bundle : join(folder, `${name}.pem`);
    if (variables[name] !== bundle) writeFileSync(variables[name], `${before ?? ''}\n${ca}`);
  }
  const [python, php] = [writeCertifi(folder, bundle), writePhpSettings(folder, bundle)];
  letAllRead(folder);
  return {
    folder,
    bundle,
    trust_store,
    python,
    php,
    variables,
    notices,
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** @throws ConfigError when the system's folder for temporary files cannot be written */
function makeTrustFolder(): string {
  try {
    return mkdtempSync(join(tmpdir(), 'tieline-trust-'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigError(
      `Files for programs cannot be written to ${tmpdir()} (${code}): ` +
        'name a folder for temporary files in TMPDIR.',
    );
  }
}

/** Lets every user read the folder. Nothing in it is secret, and a program may change its user. */
function letAllRead(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    chmodSync(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o755 : 0o644);
  }
}

function systemRoots(): string {
  for (const file of SYSTEM_ROOTS) {
    const text = readText(file);
    if (text?.includes('-----BEGIN')) return text;
  }
  return rootCertificates.join('\n');
}

function readBefore(name: string, env: Env, notices: string[]): string | null {
  const file = env[name] ?? '';
  if (file === '') return null;
  const text = readText(file);
  if (text === null) notices.push(`${name} names ${file}, which cannot be read as a file.`);
  return text;
}

function readText(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

const CERTIFI: Readonly<Record<string, string>> = {
  '__init__.py': `"""Answers with the certificates that this run of Tieline trusts."""
from .core import contents, where

__all__ = ["contents", "where"]
__version__ = "9999.0.0"
`,
  'core.py': `from os.path import dirname, join


def where():
    return join(dirname(__file__), "cacert.pem")


def contents():
    with open(where(), encoding="ascii", errors="ignore") as file:
        return file.read()
`,
  '__main__.py': `import sys

from .core import contents, where

print(contents() if "-c" in sys.argv or "--contents" in sys.argv else where())
`,
};

/**
 * Writes a replacement for Python's `certifi` that answers with the bundle. Some clients ask
 * `certifi` and read no variable, some read its file, and scripts call `python -m certifi`. Where
 * `certifi` is not installed, nothing imports the replacement.
 */
function writeCertifi(folder: string, bundle: string): string {
  const path = join(folder, 'python');
  const module = join(path, 'certifi');
  mkdirSync(module, { recursive: true });
  for (const [name, text] of Object.entries(CERTIFI)) writeFileSync(join(module, name), text);
  copyFileSync(bundle, join(module, 'cacert.pem'));
  return path;
}

function writePhpSettings(folder: string, bundle: string): string {
  const path = join(folder, 'php');
  mkdirSync(path);
  writeFileSync(join(path, 'tieline.ini'), `curl.cainfo="${bundle}"\nopenssl.cafile="${bundle}"\n`);
  return path;
}
