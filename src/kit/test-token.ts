/** Whether a text can be an auth token in development: printable ASCII, as a test may choose it. */
export function isTestToken(token: string): boolean {
  return /^[\x20-\x7e]{1,64}$/.test(token);
}
