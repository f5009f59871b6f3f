import type { ServedWorld, Settings } from './options.ts';

/** The kit's orders to the serving process or thread. Each world has a number. */
export type Order =
  | { readonly serve: number; readonly settings: Settings }
  | { readonly close: number };

/** The one answer to each order. */
export type Report =
  | { readonly serves: number; readonly world: ServedWorld }
  | { readonly failed: number; readonly why: string }
  | { readonly closed: number };

/** The number of the order to which a report belongs. */
export function numberOf(report: Report): number {
  if ('serves' in report) return report.serves;
  return 'failed' in report ? report.failed : report.closed;
}

/** A world that another thread or process serves. */
export interface ServedElsewhere extends ServedWorld {
  readonly close: () => Promise<void>;
}
