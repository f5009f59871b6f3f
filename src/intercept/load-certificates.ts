import type * as certificates from './certificates.ts';

type Certificates = typeof certificates;

/**
 * Loads what makes certificates, which takes longer than everything else that a run does with them:
 * only where one has to be made. The library keeps the types of its parts in metadata of classes,
 * so what holds those comes first.
 */
export async function loadCertificates(): Promise<Certificates> {
  await import('reflect-metadata');
  return await import('./certificates.ts');
}
