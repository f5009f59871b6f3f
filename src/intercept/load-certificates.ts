import type * as certificates from './certificates.ts';

type Certificates = typeof certificates;

/**
 * Loads the code that makes certificates, only when one must be made: loading takes longer than
 * making one. The library stores types in the metadata of classes, so `reflect-metadata` loads
 * first.
 */
export async function loadCertificates(): Promise<Certificates> {
  await import('reflect-metadata');
  return await import('./certificates.ts');
}
