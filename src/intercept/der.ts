/** One value in DER (X.690): its tag, its length and its content. */
export function der(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tag, ...lengthOf(content.length)]), content]);
}

function lengthOf(size: number): number[] {
  if (size < 0x80) return [size];
  const bytes: number[] = [];
  for (let rest = size; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return [0x80 + bytes.length, ...bytes];
}

/** An object identifier, such as `2.5.29.30`. */
export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return der(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

function base128(number: number): number[] {
  const digits = [number % 128];
  for (let rest = Math.floor(number / 128); rest > 0; rest = Math.floor(rest / 128)) {
    digits.unshift((rest % 128) + 128);
  }
  return digits;
}

export const TAG = {
  integer: 0x02,
  octets: 0x04,
  bmp: 0x1e,
  sequence: 0x30,
  set: 0x31,
  /** The tag `[n]` around a complete value. */
  explicit: (n: number) => 0xa0 + n,
  /** The tag `[n]` in place of a simple value's own tag. */
  implicit: (n: number) => 0x80 + n,
} as const;
