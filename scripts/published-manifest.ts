import { copyFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { LEFT_OUT } from './bundle-program.ts';

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
}

/** The parts of package.json that the published one lacks. */
const OF_THE_CHECKOUT = new Set([
  'scripts',
  'allowScripts',
  'devDependencies',
  'optionalDependencies',
]);

const MANIFEST = 'package.json';
/** The name of the checkout's package.json while the published one is in its place. */
export const ORIGINAL = 'package.json.original';

/**
 * Replaces the checkout's manifest by the published one, and keeps the former beside it. Users bring
 * their own Node.js, and the bundle holds the libraries that it does not leave out.
 */
export function publishManifest(): void {
  const manifest = JSON.parse(readFileSync(MANIFEST, 'utf8')) as Manifest;
  const published = Object.entries(manifest).filter(([name]) => !OF_THE_CHECKOUT.has(name));
  const kept = Object.entries(manifest.dependencies).filter(([name]) => LEFT_OUT.includes(name));
  const dependencies = Object.fromEntries(kept);
  const text = JSON.stringify({ ...Object.fromEntries(published), dependencies }, null, 2);
  copyFileSync(MANIFEST, ORIGINAL);
  writeFileSync(MANIFEST, `${text}\n`);
}

/** Puts the checkout's manifest back, byte for byte, if it was replaced. */
export function restoreManifest(): void {
  if (existsSync(ORIGINAL)) renameSync(ORIGINAL, MANIFEST);
}
