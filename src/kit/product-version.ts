import { readFileSync } from 'node:fs';
import type { Metric, Metrics } from './metrics.ts';

/** The version of this package. */
export function productVersion(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}

const BUILD: Metric<'version' | 'node' | 'engine'> = {
  kind: 'gauge',
  name: 'tieline_build_info',
  help: 'Always 1. The labels are the versions of Tieline and Node.js and the engine of the database.',
  labels: { version: [], node: [], engine: [] },
};

export const BUILD_METRICS: readonly Metric[] = [BUILD];

/** Adds the version and the engine to the metrics. */
export function tellBuild(metrics: Metrics, engine: string): void {
  metrics.set(BUILD, { version: productVersion(), node: process.versions.node, engine }, 1);
}
