import type { Submitted } from '../message-carrier.ts';
import { type SmppAddress, toWire } from './address.ts';
import type { PartFate, SmppLink } from './link.ts';
import type { Part } from './outgoing.ts';
import type { SmppOutside } from './outside.ts';

/** The time in which the rest of a message follows its first part. */
export const REST_MS = 15_000;
const MAX_VALIDITY_S = 99 * 3_600;

interface Envelope {
  readonly from: string;
  readonly to: string;
  /** The time in which it may arrive; null: the centre's own. */
  readonly valid_ms: number | null;
  readonly settings?: WireSettings;
}

/** The settings of a carrier that go into each submission. */
interface WireSettings {
  readonly service_type: string;
  readonly source_ton?: number | undefined;
  readonly source_npi?: number | undefined;
  readonly dest_ton?: number | undefined;
  readonly dest_npi?: number | undefined;
}

interface Outside extends Pick<SmppOutside, 'now' | 'after'> {
  /** Hears the fate of the whole message, if the answer to its last part comes after its time. */
  readonly late?: (fate: Submitted) => void;
}

/**
 * Submits the parts of a message one after the other, each at most once. A first part that must
 * wait makes the message wait. A later part waits here, because the parts before it are gone. After
 * a part of unknown fate nothing more is sent.
 */
export async function submitMessage(
  link: Pick<SmppLink, 'submit'>,
  parts: readonly Part[],
  envelope: Envelope,
  { now, after, late = () => {} }: Outside,
): Promise<Submitted> {
  const refs: string[] = [];
  const giveUpAt = now() + REST_MS;
  for (const [index, part] of parts.entries()) {
    const body = bodyOf(part, envelope);
    const taken = [...refs];
    const hearLate = (fate: PartFate) => {
      if (index < parts.length - 1 || (fate.is === 'later' && index > 0)) return;
      late(wholeFate(fate, taken, parts.length));
    };
    let fate = await link.submit(body, hearLate);
    if (fate.is === 'later' && index === 0) return fate;
    while (fate.is === 'later') {
      const wait = fate.retry_ms;
      if (now() + wait > giveUpAt) {
        fate = { is: 'unknown', detail: `Only ${index} parts left: ${fate.detail}` };
        break;
      }
      await new Promise<void>((resolve) => void after(wait, resolve));
      fate = await link.submit(body, hearLate);
    }
    if (fate.is !== 'accepted') return wholeFate(fate, refs, parts.length);
    refs.push(fate.ref ?? '');
  }
  return { is: 'accepted', refs };
}

/** @param refs the ids of the parts before */
function wholeFate(fate: PartFate, refs: readonly string[], parts: number): Submitted {
  if (fate.is === 'accepted') return { is: 'accepted', refs: [...refs, fate.ref ?? ''] };
  if (fate.is === 'later' || refs.length === 0) return fate;
  const detail = `part ${refs.length + 1} of ${parts}: ${fate.detail}`;
  return { ...fate, detail, taken: { refs, parts } };
}

function bodyOf(part: Part, { from, to, valid_ms, settings }: Envelope) {
  const { source_ton, source_npi, dest_ton, dest_npi } = settings ?? {};
  const source: SmppAddress = toWire(from);
  const destination: SmppAddress = toWire(to);
  return {
    short_message: part.short_message,
    tlvs: part.tlvs,
    fields: {
      service_type: settings?.service_type ?? '',
      source_addr_ton: source_ton ?? source.ton,
      source_addr_npi: source_npi ?? source.npi,
      source_addr: source.address,
      dest_addr_ton: dest_ton ?? destination.ton,
      dest_addr_npi: dest_npi ?? destination.npi,
      destination_addr: destination.address,
      esm_class: part.esm_class,
      data_coding: part.data_coding,
      validity_period: valid_ms === null ? '' : relativeTime(valid_ms),
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
