import { html } from 'hono/html';
import type { Html } from '../../http/pages/page.ts';

/** A request of the API, as a page shows it to people who write programs. */
export interface CodeSample {
  /** The path below the account's own, such as `/Messages.json`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** The statements that make the request with the official SDKs; `client` is there already. */
  readonly node: string;
  readonly python: string;
}

/**
 * The request as curl, and with the official SDKs, with the values of the page. It holds no token:
 * curl asks for one, and the programs read `TWILIO_AUTH_TOKEN`.
 */
export function asCode(
  { origin, account_sid }: { readonly origin: string; readonly account_sid: string },
  sample: CodeSample,
  title = 'As code',
): Html {
  const query = new URLSearchParams(sample.query).toString();
  const address = `${origin}/2010-04-01/Accounts/${account_sid}${sample.path}`;
  const curl =
    query === ''
      ? `curl -u ${account_sid} ${address}`
      : `curl -u ${account_sid} '${address}?${query}'`;
  const node = `import { env } from 'node:process';
import twilio from 'twilio';

const client = twilio('${account_sid}', env.TWILIO_AUTH_TOKEN);
client.api.baseUrl = client.voice.baseUrl = '${origin}';

${sample.node}`;
  const python = `import os
from twilio.rest import Client

client = Client("${account_sid}", os.environ["TWILIO_AUTH_TOKEN"])
client.api.base_url = client.voice.base_url = "${origin}"

${sample.python}`;
  return html`<details class="panel code">
    <summary>${title}</summary>
    <p class="muted">curl asks for a password. Enter the auth token.</p>
    ${block('curl', curl)} ${block('Node.js', node)} ${block('Python', python)}
  </details>`;
}

function block(name: string, text: string): Html {
  return html`<h3>${name}</h3>
    <pre tabindex="0" role="region" aria-label="${name}"><code>${text}</code></pre>`;
}
