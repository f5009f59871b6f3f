export const callsPath = (account_sid: string) => `/console/${account_sid}/calls`;

/** The path of a call's page; null when the SID is not a call's. */
export function callPath(account_sid: string, sid: string): string | null {
  return /^CA[0-9a-f]{32}$/.test(sid) ? `${callsPath(account_sid)}/${sid}` : null;
}
