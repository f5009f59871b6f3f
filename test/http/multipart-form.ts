/** A part of a form with its headers. */
export interface Part {
  readonly name: string;
  readonly value: string | Buffer;
  readonly filename?: string;
  /** Further headers of the part, one a line. */
  readonly headers?: readonly string[];
}

/** The body of `multipart/form-data`, byte for byte as RFC 7578 writes it. */
export function multipartBody(parts: readonly Part[], boundary: string): Buffer {
  const written = parts.flatMap(({ name, value, filename, headers = [] }) => {
    const file = filename === undefined ? '' : `; filename="${filename}"`;
    const head = [`Content-Disposition: form-data; name="${name}"${file}`, ...headers];
    return [`--${boundary}\r\n${head.join('\r\n')}\r\n\r\n`, value, '\r\n'];
  });
  const all = [...written, `--${boundary}--\r\n`];
  return Buffer.concat(all.map((one) => (typeof one === 'string' ? Buffer.from(one) : one)));
}

/** The parts of a plain form. */
export function partsOf(form: Readonly<Record<string, string>>): Part[] {
  return Object.entries(form).map(([name, value]) => ({ name, value }));
}
