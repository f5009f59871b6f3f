import type { RequestRecord } from '../run/outcome.ts';

/** The most lines and characters of a body that is shown beside other facts. */
const MAX_BODY_LINES = 24;
const MAX_BODY_LENGTH = 2_000;

/** A request and its response in a few lines. */
export function exchangeText(request: RequestRecord): string[] {
  const { method, url, body, response, error } = request;
  const lines = [`${method} ${url}`];
  if (body !== null && body !== '') lines.push(...indented(body));
  if (error !== null) lines.push(`no answer: ${error}`);
  if (!response) return lines;
  lines.push(`answered ${response.status} in ${milliseconds(request.duration_ms)}`);
  if (response.body !== '') lines.push(...indented(bodyText(response.body)));
  return lines;
}

/** A body for reading: JSON with line breaks, cut to a readable length. */
export function bodyText(body: string): string {
  const lines = spread(body).slice(0, MAX_BODY_LENGTH).split('\n');
  const shown = lines.slice(0, MAX_BODY_LINES).join('\n');
  return shown.length < spread(body).length ? `${shown}\n…` : shown;
}

/** `14 ms`, `1.2 s` */
export function milliseconds(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

function spread(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}

function indented(text: string): string[] {
  return text.split('\n').map((line) => `  ${line}`);
}
