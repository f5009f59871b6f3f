import { hopsIn } from '../../http/parameters/hops.ts';
import { ApiError } from '../../kit/api-error.ts';
import { digestOf, sameDigest } from '../../kit/seal.ts';
import { signForm } from '../../webhooks/signature.ts';
import type { CarrierOutside } from '../carrier-kind.ts';
import type { CarrierAnswer, CarrierRequest } from '../message-carrier.ts';
import { type FileThere, fetchFiles, MAX_MEDIA } from './fetch-files.ts';
import { mediaOfUrl } from './media-url.ts';
import type { TwilioSettings } from './upstream.ts';
import { codeOf, stateOf } from './upstream-words.ts';

type Outside = CarrierOutside & { readonly name: string };
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
  const media = await fetchFiles(outside, settings, filesIn(form));
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

/** The files that a request about a message names. */
function filesIn(form: URLSearchParams): FileThere[] {
  const count = Math.min(Number(form.get('NumMedia') ?? 0) || 0, MAX_MEDIA);
  return Array.from({ length: count }, (_, index) => ({
    url: form.get(`MediaUrl${index}`) ?? '',
    content_type: form.get(`MediaContentType${index}`) ?? '',
  }));
}
