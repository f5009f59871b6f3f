import { Authorization } from './authorization.ts';
import { type Dialog, nextRequest } from './dialog.ts';
import type { Credentials } from './digest.ts';
import type { Hop } from './outside.ts';
import type { Transactions } from './transactions.ts';

interface ByeParts {
  readonly transactions: Transactions;
  readonly token: () => string;
  readonly credentials: Credentials | null;
}

const NO_EVENTS = { answer: () => {}, failed: () => {} };

/** Ends a dialog. A challenge is answered once. @returns the dialog after the first request */
export function sendBye(dialog: Dialog, hop: Hop, parts: ByeParts): Dialog {
  const { transactions, token, credentials } = parts;
  const first = nextRequest(dialog, 'BYE');
  transactions.request(first.draft, hop, {
    ...NO_EVENTS,
    answer: (response) => {
      if (response.status !== 401 && response.status !== 407) return;
      const { draft } = nextRequest(first.dialog, 'BYE');
      const { method, uri, body } = draft;
      const authorization = new Authorization();
      const about = { method, uri, body, credentials, cnonce: token() };
      if (!authorization.prepare(response, about)) return;
      const headers = [...draft.headers, ...authorization.headers];
      transactions.request({ ...draft, headers }, hop, NO_EVENTS);
    },
  });
  return first.dialog;
}
