import { curlOf } from '../report/curl.ts';
import { milliseconds } from '../report/report-text.ts';
import type { RequestRecord } from '../run/outcome.ts';
import { button, make } from './elements.ts';

/** The requests of a cell. Each entry shows the request and its response. */
export function requestList(requests: readonly RequestRecord[]): HTMLElement | null {
  if (requests.length === 0) return null;
  const items = requests.map((request) => make('li', {}, requestItem(request)));
  return make('ul', { class: 'requests', 'aria-label': 'Requests' }, ...items);
}

function requestItem(request: RequestRecord): HTMLElement {
  const { method, url, response, error, duration_ms } = request;
  const status = response ? String(response.status) : 'no answer';
  const tone = response && response.status < 400 ? 'good' : 'bad';
  const parsed = URL.parse(url);
  const isHere = parsed?.origin === location.origin;
  const shown = parsed && isHere ? parsed.pathname + parsed.search : url;
  const summary = make(
    'summary',
    {},
    make('span', { class: 'method' }, method),
    ' ',
    make('span', { class: 'url' }, shortened(shown)),
    ' ',
    make('span', { class: `tag ${tone}` }, status),
    ' ',
    make('span', { class: 'muted time' }, milliseconds(duration_ms)),
  );
  const details = make('details', {}, summary);
  details.addEventListener('toggle', () => {
    if (details.open && details.childElementCount === 1) details.append(exchange(request));
  });
  return error === null ? details : make('div', {}, details, make('p', { class: 'bad' }, error));
}

/** An address with shortened SIDs, for easier reading. */
function shortened(url: string): string {
  return url.replaceAll(/\b([A-Z]{2}[0-9a-f]{4})[0-9a-f]{24}([0-9a-f]{4})\b/g, '$1…$2');
}

function exchange(request: RequestRecord): HTMLElement {
  const { username, headers, body, response } = request;
  const who = username === null ? 'Without credentials.' : `As ${username}.`;
  return make(
    'div',
    { class: 'exchange' },
    make('p', { class: 'muted' }, make('span', { class: 'url' }, request.url), ' ', who),
    copyCurl(request),
    block('Request headers', headersText(headers)),
    body === null ? null : block('Request body', body),
    response && block('Response headers', headersText(response.headers)),
    response && block(bodyTitle(response), readable(response.body)),
  );
}

function headersText(headers: RequestRecord['headers']): string {
  return headers.map(([name, value]) => `${name}: ${value}`).join('\n');
}

function bodyTitle({ body, body_length }: NonNullable<RequestRecord['response']>): string {
  if (body.length >= body_length) return 'Response body';
  return `Response body, the first ${body.length} of ${body_length} characters`;
}

/** JSON with indentation; any other body unchanged. */
function readable(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}

function block(title: string, text: string): HTMLElement {
  return make(
    'div',
    {},
    make('p', { class: 'label' }, title),
    make('pre', { tabindex: '0' }, text === '' ? '(nothing)' : text),
  );
}

/**
 * Copies the command. If the browser denies the clipboard, the page shows it for copying by hand.
 */
function copyCurl(request: RequestRecord): HTMLElement {
  const told = make('span', { role: 'status', class: 'muted' });
  const around = make('div', { class: 'copy' });
  const copy = async () => {
    const command = curlOf(request);
    try {
      await navigator.clipboard.writeText(command);
      told.textContent = 'Copied.';
    } catch {
      told.textContent =
        'The browser does not let this page use the clipboard. Copy the command from here.';
      if (!around.querySelector('pre')) around.append(make('pre', { tabindex: '0' }, command));
    }
  };
  around.append(
    button('Copy as cURL', 'secondary small', () => void copy()),
    told,
  );
  return around;
}
