import type { ServedWorld, Settings } from './options.ts';

/** What the kit asks of the process or the thread that serves for it. Worlds are numbered. */
export type Order =
  | { readonly serve: number; readonly settings: Settings }
  | { readonly close: number };

/** What it answers, once to each order. */
export type Report =
  | { readonly serves: number; readonly world: ServedWorld }
  | { readonly failed: number; readonly why: string }
  | { readonly closed: number };

/** Which order a report answers. */
export function numberOf(report: Report): number {
  if ('serves' in report) return report.serves;
  return 'failed' in report ? report.failed : report.closed;
}

/** A world that is served outside of the test's own thread. */
export interface ServedElsewhere extends ServedWorld {
  readonly close: () => Promise<void>;
}
