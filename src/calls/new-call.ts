import { dispositionOf } from '../carrier/destination.ts';
import { emergencyIn } from '../carriers/emergency.ts';
import { ApiError } from '../kit/api-error.ts';
import type { CallEvent } from '../twiml/call-run.ts';
import { parseTwiml } from '../twiml/parse-twiml.ts';
import { isCallUrl, isNumber, readCallAddress } from './call-address.ts';
import type { CallOptions } from './call-options.ts';

/** A requested call. */
export interface NewCall {
  readonly to: string;
  readonly from: string;
  readonly direction: 'outbound-api' | 'outbound-dial';
  readonly parent_call_sid: string | null;
  readonly forwarded_from: string | null;
  readonly status_callback: string | null;
  readonly status_callback_method: 'GET' | 'POST';
  readonly status_callback_events: readonly CallEvent[];
  /** The password for the SIP address; null when none is needed. */
  readonly sip_auth_password: string | null;
  readonly options: Omit<CallOptions, 'category' | 'callback_by_grant'>;
}

/** Characters of TwiML that come with the call itself, as documented. */
export const TWIML_LENGTH = 4_000;

const refusal = (code: number, message: string) => new ApiError(400, code, message);

/**
 * Checks everything that needs no data of the account.
 * @returns the call with its numbers in E.164.
 * @throws ApiError 400 with the codes of docs/contract/calls.md, "Making a call".
 */
export function checkNewCall(call: NewCall): NewCall {
  const to = readTo(call.to);
  const from = readFrom(call.from, to);
  if (call.direction === 'outbound-api') demandInstructions(call.options);
  return { ...call, to, from };
}

function readTo(text: string): string {
  if (text.trim() === '') throw refusal(21201, 'No to number is specified');
  const to = emergencyIn(text) ?? readCallAddress(text);
  if (to === null) throw refusal(21211, `The 'To' number ${text} is not a valid phone number.`);
  if (dispositionOf(to) === 'invalid') {
    throw refusal(21217, `The 'To' number ${text} does not appear to be valid`);
  }
  return to;
}

/** Only a call to a SIP or client address can come from such an address. */
function readFrom(text: string, to: string): string {
  if (text.trim() === '') throw refusal(21213, "A 'From' number is required");
  const from = readCallAddress(text);
  if (from === null || (isNumber(to) && !isNumber(from))) {
    throw refusal(21212, `The 'From' number ${text} is not a valid phone number`);
  }
  return from;
}

function demandInstructions({ url, twiml }: Instructions): void {
  if (url !== null) demandUrl(url);
  else if (twiml !== null) demandTwiml(twiml);
  else throw refusal(21205, "One of 'Url', 'Twiml' and 'ApplicationSid' is required");
}

interface Instructions {
  readonly url: string | null;
  readonly twiml: string | null;
}

/** @throws ApiError 400/21205 for a text that is not a URL. */
export function demandUrl(url: string): void {
  if (!isCallUrl(url)) throw refusal(21205, "'Url' must be an absolute http or https URL");
}

/**
 * @throws ApiError 400/21205 for TwiML that is too long, and 400 with the code of the error for
 *   invalid TwiML.
 */
export function demandTwiml(twiml: string): void {
  if (twiml.length > TWIML_LENGTH && [...twiml].length > TWIML_LENGTH) {
    throw refusal(21205, `'Twiml' must be at most ${TWIML_LENGTH} characters`);
  }
  const { error } = parseTwiml(twiml);
  if (error) throw refusal(error.code, `'Twiml' cannot be used: ${error.message}`);
}
