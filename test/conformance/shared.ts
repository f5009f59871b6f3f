import { existsSync, readFileSync } from 'node:fs';

/** Sources that are not part of the repository. They may lie beside the checkout. */
const SHARED = new URL('../../../shared/', import.meta.url);

export const hasShared = existsSync(new URL('spec/openapi', SHARED));

/** Reads one of these sources. */
export function readShared(path: string): string {
  return readFileSync(new URL(path, SHARED), 'utf8');
}
