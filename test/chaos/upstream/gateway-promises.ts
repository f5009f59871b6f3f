import type { DataLocation } from '../../../src/config.ts';
import { BrokenPromise } from '../broken-promise.ts';
import type { Gateway } from './gateways.ts';
import { demandAnswered, messagesOf, type Row, type Told, UNKNOWN } from './pair-promises.ts';

/**
 * Holds a platform against the gateway before which it ran, and against the answers.
 * @returns the figures
 * @throws BrokenPromise
 */
export async function checkGateway(
  near: DataLocation,
  gateway: Gateway,
  told: Told,
): Promise<string[]> {
  const ours = await messagesOf(near, { name: 'near', prefix: 'out' });
  demandAnswered(told.out, ours);
  for (const [body, times] of gateway.taken) {
    if (times > 1) throw new BrokenPromise(`${body} was sent ${times} times`);
    if (!ours.has(body)) throw new BrokenPromise(`${body} left, and near has no such message`);
  }
  const ends = new Map<string, number>();
  for (const [body, row] of ours) {
    const end = endOf(row, { is_taken: gateway.taken.has(body) }, gateway);
    ends.set(end, (ends.get(end) ?? 0) + 1);
  }
  const repeats = { is_once: gateway.has_ids };
  const came = await messagesOf(near, { name: 'near', prefix: 'in', ...repeats });
  demandAnswered(told.in, came);
  return [
    ...[...ends].map(([end, count]) => `${count} messages ${end}`),
    `${came.size} messages came in`,
  ];
}

/** The end of a message in words. @throws BrokenPromise when it is not what became of it */
function endOf(
  row: Row,
  { is_taken }: { readonly is_taken: boolean },
  { reports_name_us }: Gateway,
): string {
  const { status, error_code } = row;
  if (is_taken && status === 'delivered') return 'delivered';
  const isUnknown = status === 'undelivered' && error_code === UNKNOWN;
  if (!is_taken && isUnknown) return 'of unknown fate, and never at the gateway';
  if (!is_taken && status === 'failed') return 'failed before they left';
  if (is_taken && isUnknown && !reports_name_us) return 'taken, and their answer was lost';
  throw new BrokenPromise(`a message ${is_taken ? 'that left' : 'that stayed'} is ${status}`, row);
}
