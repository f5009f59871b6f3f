import { Authorization } from './authorization.ts';
import { type Dialog, nextRequest } from './dialog.ts';
import type { Credentials } from './digest.ts';
import type { Header } from './headers.ts';
import type { Hop } from './outside.ts';
import type { Transactions } from './transactions.ts';

interface ByeParts {
  readonly transactions: Transactions;
  readonly token: () => string;
  readonly credentials: Credentials | null;
  /** More headers, such as Reason. */
  readonly with?: readonly Header[];
}

const NO_EVENTS = { answer: () => {}, failed: () => {} };

/** Ends a dialog. A challenge is answered once. @returns the dialog after the first request */
export function sendBye(dialog: Dialog, hop: Hop, parts: ByeParts): Dialog {
  const { transactions, token, credentials, with: more = [] } = parts;
  const first = nextRequest(dialog, 'BYE');
  const draft = { ...first.draft, headers: [...first.draft.headers, ...more] };
  transactions.request(draft, hop, {
    ...NO_EVENTS,
    answer: (response) => {
      if (response.status !== 401 && response.status !== 407) return;
      const { draft: again } = nextRequest(first.dialog, 'BYE');
      const { method, uri, body } = again;
      const authorization = new Authorization();
      const about = { method, uri, body, credentials, cnonce: token() };
      if (!authorization.prepare(response, about)) return;
      const headers = [...again.headers, ...more, ...authorization.headers];
      transactions.request({ ...again, headers }, hop, NO_EVENTS);
    },
  });
  return first.dialog;
}
