import type { RequestRecord } from '../run/outcome.ts';
import { cellLabel, cellRuns, type Run } from './report.ts';

/**
 * Writes the requests of a run as an HTTP Archive 1.2, with one page for each notebook. The archive
 * has no `Authorization` headers. Bodies that were cut in the records are cut here, too.
 */
export function harReport({ files, version }: Run): string {
  const pages = files.map((file, at) => ({
    startedDateTime: isoTime(file.started_at),
    id: `notebook-${at + 1}`,
    title: file.title === null ? file.file : `${file.file}: ${file.title}`,
    pageTimings: {},
  }));
  const entries = files.flatMap((file, at) =>
    cellRuns(file).flatMap((cell) =>
      (cell.outcome?.requests ?? []).map((request) => ({
        pageref: `notebook-${at + 1}`,
        ...entryOf(request),
        comment: cellLabel(cell),
      })),
    ),
  );
  const creator = { name: 'Tieline', version };
  return `${JSON.stringify({ log: { version: '1.2', creator, pages, entries } }, null, 2)}\n`;
}

const UNKNOWN = { httpVersion: 'HTTP/1.1', cookies: [], headersSize: -1 };

function entryOf(record: RequestRecord) {
  const { method, url, headers, body, response, error, started_at, duration_ms } = record;
  const sent = headers.filter(([name]) => name.toLowerCase() !== 'authorization');
  return {
    startedDateTime: isoTime(started_at),
    time: duration_ms,
    request: {
      ...UNKNOWN,
      method,
      url,
      headers: pairs(sent),
      queryString: pairs([...(URL.parse(url)?.searchParams ?? [])]),
      ...(body !== null && {
        postData: { mimeType: headerOf(sent, 'content-type'), text: body },
      }),
      bodySize: body === null ? 0 : Buffer.byteLength(body),
    },
    response: {
      ...UNKNOWN,
      status: response?.status ?? 0,
      statusText: error ?? '',
      headers: pairs(response?.headers ?? []),
      content: {
        size: response?.body_length ?? 0,
        mimeType: headerOf(response?.headers ?? [], 'content-type'),
        text: response?.body ?? '',
      },
      redirectURL: headerOf(response?.headers ?? [], 'location'),
      bodySize: response?.body_length ?? -1,
    },
    cache: {},
    timings: { send: 0, wait: duration_ms, receive: 0 },
  };
}

type Headers = readonly (readonly [name: string, value: string])[];

function pairs(headers: Headers) {
  return headers.map(([name, value]) => ({ name, value }));
}

function headerOf(headers: Headers, wanted: string): string {
  return headers.find(([name]) => name.toLowerCase() === wanted)?.[1] ?? '';
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
