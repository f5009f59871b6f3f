import type { RequestRecord } from './outcome.ts';

/** Longer addresses, headers and bodies are cut to this length. */
const MAX_LENGTH = 64 * 1024;
/** The length of all records together. Beyond it, each further record is cut much shorter. */
const MAX_LENGTH_OF_ALL = 32 * 1024 * 1024;
const MAX_LENGTH_LATER = 500;

/** The requests of a notebook, cut to bounded sizes: a loop can make tens of thousands. */
export class RequestRecords {
  #records: RequestRecord[] = [];
  #length = 0;

  /** Keeps a record and cuts it to the room that is left. */
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

  /** The records since the last call. */
  take(): RequestRecord[] {
    const records = this.#records;
    this.#records = [];
    return records;
  }
}

/** The first headers, as many as fit. */
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
