import { hopsIn } from '../../http/parameters/hops.ts';
import { ApiError } from '../../kit/api-error.ts';
import { digestOf, sameDigest } from '../../kit/seal.ts';
import { guardedFetch } from '../../webhooks/guarded-fetch.ts';
import { signForm } from '../../webhooks/signature.ts';
import { callOut } from '../call-out.ts';
import type { CarrierOutside } from '../carrier-kind.ts';
import type { CarrierAnswer, CarrierRequest, InMessage } from '../message-carrier.ts';
import { mediaOfUrl } from './media-url.ts';
import { authorizationOf, type TwilioSettings } from './upstream.ts';
import { codeOf, stateOf } from './upstream-words.ts';

type Outside = CarrierOutside & { readonly name: string };
type InMedia = InMessage['media'][number];

const MAX_MEDIA = 10;
/** The most bytes of all files of one message, and the time for each of them. */
const MEDIA_BYTES = 5 * 1024 * 1024;
const FILE_MS = 5_000;
/** The upstream waits 15 seconds. */
const FILES_MS = 10_000;
const NOTHING = { status: 404 } as const;
const THANKS = {
  status: 200,
  type: 'text/xml',
  body: '<?xml version="1.0" encoding="UTF-8"?><Response/>',
} as const;

/**
 * Answers the upstream: reports of a message's state, a message that came in, and the files of
 * messages that go out.
 * @throws ApiError 401 for a request that the upstream did not sign
 */
export async function hearUpstream(
  outside: Outside,
  settings: TwilioSettings,
  request: CarrierRequest,
): Promise<CarrierAnswer> {
  const { inbound, name, realNow } = outside;
  const [place, ...rest] = request.path;
  if (place === 'media') {
    const file = mediaOfUrl(rest, settings.auth_token, realNow());
    const media = file && (await inbound.media(name, file));
    if (!media) return NOTHING;
    return { status: 200, type: media.content_type, body: media.content };
  }
  const form = demandSigned(settings, request);
  const [sid] = rest;
  if (place === 'status' && sid !== undefined) {
    const ref = form.get('MessageSid');
    const state = stateOf(form.get('MessageStatus') ?? form.get('SmsStatus'));
    const code = codeOf(form.get('ErrorCode'));
    const isId = ref !== null && /^(?:SM|MM)[0-9a-f]{32}$/.test(ref);
    const of = { sid, ...(isId && { ref }) };
    if (state !== null) await inbound.receipt(name, { of, state, code, detail: null });
    return { status: 204 };
  }
  if (place === 'messages' && sid === undefined)
    return takeMessage(outside, settings, request, form);
  return NOTHING;
}

/** Checks the signature of a request. @returns its parameters */
function demandSigned(
  { auth_token }: TwilioSettings,
  { method, url, headers, body }: CarrierRequest,
): URLSearchParams {
  const form = new URLSearchParams(method === 'POST' ? body.toString('utf8') : '');
  const given = headers['x-twilio-signature'];
  const right = signForm(auth_token, url, [...form]).signature;
  if (typeof given === 'string' && sameDigest(digestOf(given), digestOf(right))) {
    return method === 'POST' ? form : (URL.parse(url)?.searchParams ?? form);
  }
  const message = 'X-Twilio-Signature must be made with the auth_token of the carrier.';
  throw new ApiError(401, 20003, message);
}

async function takeMessage(
  outside: Outside,
  settings: TwilioSettings,
  { headers }: CarrierRequest,
  form: URLSearchParams,
): Promise<CarrierAnswer> {
  const text = (field: string) => form.get(field) ?? '';
  const media = await fetchFiles(outside, settings, form);
  // The upstream tells its error to the second address. Then the message comes without its files.
  if (media === null && !form.has('ErrorUrl')) return { status: 503 };
  const taken = await outside.inbound.message(outside.name, {
    id: text('MessageSid') || null,
    from: text('From'),
    to: text('To'),
    body: text('Body'),
    media: media ?? [],
    hops: hopsIn(headers['tieline-hops']) ?? 0,
  });
  return taken === 'kept' ? THANKS : NOTHING;
}

/** @returns the files of a message; null when one could not be fetched */
async function fetchFiles(
  outside: Outside,
  settings: TwilioSettings,
  form: URLSearchParams,
): Promise<InMedia[] | null> {
  const count = Math.min(Number(form.get('NumMedia') ?? 0) || 0, MAX_MEDIA);
  const files: InMedia[] = [];
  const began = performance.now();
  let left = MEDIA_BYTES;
  for (let index = 0; index < count; index += 1) {
    const url = form.get(`MediaUrl${index}`) ?? '';
    const late = performance.now() - began > FILES_MS;
    const content = late ? null : await fetchFile(outside, settings, url, left);
    if (content === null) return null;
    left -= content.length;
    const content_type = form.get(`MediaContentType${index}`) ?? '';
    files.push({ content_type, content, source_url: null });
  }
  return files;
}

/**
 * Fetches a file. Only the upstream itself sees the credentials; an address to which it redirects
 * is fetched without them, and must be public.
 */
async function fetchFile(
  outside: Outside,
  settings: TwilioSettings,
  url: string,
  max_bytes: number,
): Promise<Buffer | null> {
  if (URL.parse(url)?.origin !== URL.parse(settings.base)?.origin) return null;
  const headers = { authorization: authorizationOf(settings) };
  const reply = await callOut({ url, method: 'GET', headers, max_bytes, answer_ms: FILE_MS });
  if (reply.status === null) return null;
  if (reply.status === 200) return reply.is_whole ? reply.body : null;
  const target = URL.parse(reply.headers['location'] ?? '', url);
  if (reply.status < 300 || reply.status >= 400 || !target) return null;
  const outcome = await guardedFetch(outside, {
    url: target.href,
    method: 'GET',
    headers: { accept: '*/*' },
    credentials: null,
    connect_ms: FILE_MS,
    read_ms: FILE_MS,
    total_ms: FILE_MS,
    body_max_bytes: max_bytes,
  });
  if (outcome.kind === 'failure' || outcome.status !== 200 || !outcome.is_whole) return null;
  return outcome.bytes;
}
