export const callsPath = (account_sid: string) => `/console/${account_sid}/calls`;

export const messagesPath = (account_sid: string) => `/console/${account_sid}/messages`;

/** The path of the page of a call or a message that a note names; null for another SID. */
export function notedPath(account_sid: string, sid: string): string | null {
  if (/^(?:SM|MM)[0-9a-f]{32}$/.test(sid)) return `${messagesPath(account_sid)}/${sid}`;
  return callPath(account_sid, sid);
}

/** The path of a call's page; null when the SID is not a call's. */
export function callPath(account_sid: string, sid: string): string | null {
  return /^CA[0-9a-f]{32}$/.test(sid) ? `${callsPath(account_sid)}/${sid}` : null;
}
