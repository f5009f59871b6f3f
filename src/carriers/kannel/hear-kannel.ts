import { ApiError } from '../../kit/api-error.ts';
import { digestOf, sameDigest } from '../../kit/seal.ts';
import type { CarrierOutside } from '../carrier-kind.ts';
import type { CarrierAnswer, CarrierRequest, Receipt } from '../message-carrier.ts';
import { factsIn, reasonIn, withoutMessage } from '../smpp/receipt.ts';
import { type KannelSettings, reportKey } from './kannel-settings.ts';

type Outside = CarrierOutside & { readonly name: string };

/** Kannel repeats a request that is answered with anything but 200 or 202. */
const TAKEN = { status: 200, type: 'text/plain', body: '' } as const;
const NOTHING = { status: 404 } as const;
const SID = /^(?:SM|MM)[0-9a-f]{32}$/;
const MAX_ID = 200;
const MAX_ADDRESS = 64;
const MAX_TOLD = 160;

/** The states by the numbers of Kannel's reports. */
const STATES: Readonly<Record<string, Receipt['state']>> = {
  1: 'delivered',
  2: 'undelivered',
  4: 'buffered',
  8: 'sent',
  16: 'failed',
};

/**
 * Answers the gateway: reports at `dlr`, and messages that came in at `in`.
 * @throws ApiError 401 without the right key, and 400 for parameters that cannot be read
 */
export async function hearKannel(
  outside: Outside,
  settings: KannelSettings,
  request: CarrierRequest,
): Promise<CarrierAnswer> {
  const query = URL.parse(request.url)?.searchParams ?? new URLSearchParams();
  const [place, sid = '', ...rest] = request.path;
  if (place === 'dlr' && SID.test(sid) && rest.length === 0) {
    demandKey(query, reportKey(settings, sid));
    return takeReport(outside, sid, query);
  }
  if (place === 'in' && request.path.length === 1) {
    demandKey(query, settings.secret);
    return takeMessage(outside, request, query);
  }
  return NOTHING;
}

function demandKey(query: URLSearchParams, right: string): void {
  const given = query.get('key');
  if (given !== null && sameDigest(digestOf(given), digestOf(right))) return;
  throw new ApiError(401, 20003, 'key must be the secret of the carrier, or that of the report.');
}

async function takeReport(
  { name, inbound }: Outside,
  sid: string,
  query: URLSearchParams,
): Promise<CarrierAnswer> {
  const state = STATES[query.get('type') ?? ''];
  if (state === undefined) throw wrong(`type must be one of ${Object.keys(STATES).join(', ')}`);
  const told = (query.get('told') ?? '').replaceAll(/\p{Cc}+/gu, ' ').trim();
  const isBad = state === 'undelivered' || state === 'failed';
  const code = isBad ? reasonIn(told) : null;
  const words = factsIn(told) ?? withoutMessage(told);
  const detail = words === '' ? null : words.slice(0, MAX_TOLD);
  await inbound.receipt(name, { of: { sid }, state, code, detail });
  return TAKEN;
}

async function takeMessage(
  { name, inbound, log }: Outside,
  request: CarrierRequest,
  query: URLSearchParams,
): Promise<CarrierAnswer> {
  const id = demand(query, 'id', MAX_ID);
  const from = demand(query, 'from', MAX_ADDRESS);
  const to = demand(query, 'to', MAX_ADDRESS);
  const body = textOf(request);
  const kept = await inbound.message(name, { id, from, to, body, media: [] });
  if (kept === 'unknown') {
    log.warn({ carrier: name, to }, 'a message came in for a number that nobody holds');
  }
  return TAKEN;
}

function demand(query: URLSearchParams, field: string, max: number): string {
  const value = query.get(field)?.trim() ?? '';
  if (value !== '' && value.length <= max) return value;
  throw wrong(`${field} must be given in the address, with at most ${max} characters`);
}

function wrong(rule: string): ApiError {
  return new ApiError(400, 20001, `${rule}.`);
}

/** The text: the body of a `post-url`, else the parameter `text` in the charset that is named. */
function textOf({ method, url, headers, body }: CarrierRequest): string {
  const search = URL.parse(url)?.search ?? '';
  if (method === 'POST') {
    const [, charset] = /charset="?([^";\s]+)/i.exec(String(headers['content-type'] ?? '')) ?? [];
    return decode(body, charset);
  }
  const charset = new URLSearchParams(search).get('charset') ?? undefined;
  const raw = /[?&]text=([^&]*)/.exec(search)?.[1] ?? '';
  return decode(octetsOf(raw), charset);
}

/** The octets behind the percent signs. Kannel writes those of any charset into the address. */
function octetsOf(text: string): Buffer {
  const latin = text
    .replaceAll('+', ' ')
    .replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
  return Buffer.from(latin, 'latin1');
}

/** Unknown charsets, and Kannel's `8-BIT`, are read as Latin-1, in which every octet is a letter. */
function decode(octets: Buffer, charset = 'UTF-8'): string {
  try {
    return new TextDecoder(charset).decode(octets).toWellFormed();
  } catch {
    return octets.toString('latin1');
  }
}
