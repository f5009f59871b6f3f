/** Draws whole numbers from 0 to below a limit. 48 bits leave no bias that a count of calls shows. */
export function drawBy(randomBytes: (size: number) => Buffer): (limit: number) => number {
  return (limit) => randomBytes(6).readUIntBE(0, 6) % limit;
}
