import { html } from 'hono/html';
import type { AccountCall, Html } from '../../http/pages/page.ts';
import { withoutPassword } from '../../kit/user-info.ts';
import { actionForm, code, linkButton, moment, table } from '../../pages/widgets.ts';
import {
  type Attempt,
  type Delivery,
  describeAttempt,
  isTwimlKind,
} from '../../webhooks/webhook.ts';
import { detailList } from '../parts/console-views.ts';
import { webhooksPath } from './webhook-views.ts';
import { likelyCause, parametersOf, resultOf, resultTag } from './webhook-words.ts';

/** The page of one webhook: its attempts, the text that was signed, and its parameters. */
export function deliveryBody(
  call: AccountCall,
  delivery: Delivery,
  attempts: readonly Attempt[],
): Html {
  const own = webhooksPath(call.account.sid);
  const last = attempts.at(-1);
  const result = resultOf(delivery);
  const why = delivery.reason ?? (last ? likelyCause(last) : null);
  return html`<p><a href="${own}">← Webhooks</a></p>
    <p>${resultTag(delivery)} ${why}</p>
    ${delivery.date_next === null ? null : html`<p>Next attempt ${moment(delivery.date_next)}.</p>`}
    <div class="buttons">
      ${
        result === 'cancelled' || isTwimlKind(delivery.kind)
          ? null
          : actionForm(call, `${own}/${delivery.sid}/replay`, 'Send again now', {
              tone: result === 'delivered' ? 'secondary' : 'primary',
            })
      }
      ${last ? linkButton(`${own}/doctor?delivery=${delivery.sid}`, 'Check its signature') : null}
    </div>
    ${attemptsSection(attempts)} ${last ? signedSection(delivery, last) : null}
    <section>
      <h2>Request</h2>
      ${detailList([
        ['Address', `${delivery.method} ${withoutPassword(delivery.url)}`],
        ['Idempotency token', delivery.idempotency_token],
        ['Delivery', delivery.sid],
      ])}
      <h3>Parameters</h3>
      ${detailList(parametersOf(delivery))}
    </section>`;
}

function attemptsSection(attempts: readonly Attempt[]): Html {
  if (attempts.length === 0) {
    return html`<section>
      <h2>Attempts</h2>
      <p class="muted">None yet.</p>
    </section>`;
  }
  const rows = attempts
    .toReversed()
    .map((attempt) => [
      String(attempt.number),
      moment(attempt.date_created),
      attempt.status === null ? describeAttempt(attempt) : String(attempt.status),
      `${attempt.duration_ms} ms`,
      attempt.response ? html`<bdi class="answer">${attempt.response}</bdi>` : null,
    ]);
  return html`<section>
    <h2>Attempts</h2>
    ${table(['No.', 'When', 'Answer', 'Took', 'Text of the answer'], rows, 'Attempts')}
  </section>`;
}

/** The text that was signed: the URL, then each name and value. */
function signedSection(delivery: Delivery, { signed, url }: Attempt): Html | null {
  if (signed === null) return null;
  const parameters = signed.startsWith(url) ? signed.slice(url.length) : '';
  return html`<section>
    <h2>The text that was signed</h2>
    <p class="muted">
      HMAC-SHA1 with the primary token of ${code(delivery.signing_account_sid)} makes
      X-Twilio-Signature of this text: the URL, then the parameters sorted by name.
    </p>
    <pre tabindex="0" role="region" aria-label="Signed text"><code dir="ltr">${signed.slice(0, signed.length - parameters.length)}<mark>${parameters}</mark></code></pre>
  </section>`;
}
