import { toWire } from './address.ts';
import type { PartFate, SmppLink } from './link.ts';
import type { Part } from './outgoing.ts';
import type { SmppOutside } from './outside.ts';

/** The fate of a message of one or more parts. `refs` are the ids of the parts that were taken. */
export type MessageFate = PartFate & { readonly refs: readonly string[] };

/** The time in which the rest of a message follows its first part. */
export const REST_MS = 60_000;
const MAX_VALIDITY_S = 99 * 3_600;

interface Envelope {
  readonly from: string;
  readonly to: string;
  readonly valid_ms: number;
}

/**
 * Submits the parts of a message one after the other, each at most once. A first part that must
 * wait makes the message wait. A later part waits here, because the parts before it are gone.
 */
export async function submitMessage(
  link: Pick<SmppLink, 'submit'>,
  parts: readonly Part[],
  envelope: Envelope,
  outside: Pick<SmppOutside, 'now' | 'after'>,
): Promise<MessageFate> {
  const refs: string[] = [];
  const giveUpAt = outside.now() + REST_MS;
  for (const [index, part] of parts.entries()) {
    const body = bodyOf(part, envelope);
    let fate = await link.submit(body);
    if (index === 0 && fate.is !== 'accepted') return { ...fate, refs };
    while (fate.is === 'later') {
      const wait = fate.retry_ms;
      if (outside.now() + wait > giveUpAt) {
        return { is: 'unknown', detail: `Only ${index} parts left: ${fate.detail}`, refs };
      }
      await new Promise<void>((resolve) => void outside.after(wait, resolve));
      fate = await link.submit(body);
    }
    if (fate.is !== 'accepted') return { ...fate, refs };
    if (fate.ref !== null) refs.push(fate.ref);
  }
  return { is: 'accepted', ref: refs[0] ?? null, refs };
}

function bodyOf(part: Part, { from, to, valid_ms }: Envelope) {
  const source = toWire(from);
  const destination = toWire(to);
  return {
    short_message: part.short_message,
    tlvs: part.tlvs,
    fields: {
      source_addr_ton: source.ton,
      source_addr_npi: source.npi,
      source_addr: source.address,
      dest_addr_ton: destination.ton,
      dest_addr_npi: destination.npi,
      destination_addr: destination.address,
      esm_class: part.esm_class,
      data_coding: part.data_coding,
      validity_period: relativeTime(valid_ms),
      registered_delivery: 1,
    },
  };
}

/** `YYMMDDhhmmsstnnR`: a time from now (SMPP 3.4, section 7.1.1.2). */
function relativeTime(ms: number): string {
  const seconds = Math.min(Math.max(1, Math.ceil(ms / 1_000)), MAX_VALIDITY_S);
  const two = (number: number) => String(Math.floor(number)).padStart(2, '0');
  const days = two(seconds / 86_400);
  const clock = `${two((seconds / 3_600) % 24)}${two((seconds / 60) % 60)}${two(seconds % 60)}`;
  return `0000${days}${clock}000R`;
}
