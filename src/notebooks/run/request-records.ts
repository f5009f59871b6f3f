import type { RequestRecord } from './outcome.ts';

/** How much of an address, of headers, of a body is kept to be shown. */
const MAX_LENGTH = 64 * 1024;
/** How much is kept of all requests together, before it is only so much of each. */
const MAX_LENGTH_OF_ALL = 32 * 1024 * 1024;
const MAX_LENGTH_LATER = 500;

/** The requests of a notebook, as far as they are kept: a loop makes tens of thousands. */
export class RequestRecords {
  #records: RequestRecord[] = [];
  #length = 0;

  /** Keeps a record, cut to what there is room for. */
  add(record: RequestRecord): void {
    const max = this.#length < MAX_LENGTH_OF_ALL ? MAX_LENGTH : MAX_LENGTH_LATER;
    const cut = (text: string) => {
      const kept = text.slice(0, max);
      this.#length += kept.length;
      return kept;
    };
    const { url, headers, body, response, error } = record;
    this.#records.push({
      ...record,
      url: cut(url),
      headers: cutHeaders(headers, cut, max),
      body: body === null ? null : cut(body),
      response: response && {
        ...response,
        headers: cutHeaders(response.headers, cut, max),
        body: cut(response.body),
      },
      error: error === null ? null : cut(error),
    });
  }

  /** What was kept since this was last asked. */
  take(): RequestRecord[] {
    const records = this.#records;
    this.#records = [];
    return records;
  }
}

/** The first headers, as many as there is room for. */
function cutHeaders(
  headers: RequestRecord['headers'],
  cut: (text: string) => string,
  max: number,
): RequestRecord['headers'] {
  let left = max;
  const fitting = headers.filter(([name, value]) => {
    left -= name.length + value.length;
    return left >= 0;
  });
  return fitting.map(([name, value]) => [cut(name), cut(value)]);
}
