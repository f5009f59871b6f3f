/** The auth tokens of development: what a program may have written down, in printable ASCII. */
export function isTestToken(token: string): boolean {
  return /^[\x20-\x7e]{1,64}$/.test(token);
}
