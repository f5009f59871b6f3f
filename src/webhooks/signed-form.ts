import { type Signature, signForm } from './signature.ts';

/** A request that carries form parameters, signed. */
export interface SignedForm extends Signature {
  /** The URL; for a GET with the parameters in its query. */
  readonly url: string;
  readonly type: string | null;
  readonly body: string | null;
}

/** The product name by which receivers recognize these requests; some admit no other. */
export const USER_AGENT = 'TwilioProxy/1.1 (Tieline)';
const FORM = 'application/x-www-form-urlencoded; charset=UTF-8';

/**
 * Signs a request of form parameters: in the body of a POST, in the query of a GET.
 * @param url without a fragment
 */
export function signedForm(
  token: string,
  method: 'GET' | 'POST',
  url: string,
  parameters: Readonly<Record<string, string>>,
): SignedForm {
  const pairs = Object.entries(parameters);
  const form = new URLSearchParams(pairs).toString();
  if (method === 'POST') return { url, ...signForm(token, url, pairs), type: FORM, body: form };
  const whole = withQuery(url, form);
  return { url: whole, ...signForm(token, whole, []), type: null, body: null };
}

/** A URL without a fragment, with more parameters behind those that it has. */
function withQuery(url: string, form: string): string {
  if (form === '') return url;
  if (!url.includes('?')) return `${url}?${form}`;
  return /[?&]$/.test(url) ? url + form : `${url}&${form}`;
}
