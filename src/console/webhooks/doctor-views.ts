import { html } from 'hono/html';
import type { AccountCall, Html } from '../../http/pages/page.ts';
import { field, formToken, linkButton } from '../../pages/widgets.ts';
import type { Diagnosis } from '../../webhooks/doctor/diagnose.ts';
import { commonLength, explain } from '../../webhooks/doctor/explain.ts';
import type { GivenCase } from '../../webhooks/doctor/read-case.ts';
import { webhooksPath } from './webhook-views.ts';

/** The form of the doctor, with the result above it after a check. */
export function doctorBody(
  call: AccountCall,
  filled: Partial<GivenCase>,
  found: Diagnosis | null,
): Html {
  const own = webhooksPath(call.account.sid);
  return html`<p><a href="${own}">← Webhooks</a></p>
    ${found ? resultSection(found) : null}
    <p>
      Enter a request as your server got it. Nothing is stored, and no token leaves this server. Two
      mistakes together are found too.
    </p>
    <form method="post" action="${own}/doctor">
      ${formToken(call)}
      ${field(call, {
        name: 'Url',
        label: 'The URL that your code checks',
        value: filled.Url ?? null,
        required: true,
        autocomplete: 'off',
        placeholder: 'https://hooks.example.com/sms',
      })}
      ${field(call, {
        name: 'Body',
        label: 'The body, or its parameters',
        value: filled.Body ?? null,
        rows: 6,
        help: 'As it came, or one parameter on a line: From=+14155550100',
      })}
      ${field(call, {
        name: 'Signature',
        label: 'X-Twilio-Signature',
        value: filled.Signature ?? null,
        required: true,
        autocomplete: 'off',
      })}
      ${field(call, {
        name: 'Computed',
        label: 'The signature that your code made',
        autocomplete: 'off',
        help: 'It shows mistakes of your code, such as parameters that are not sorted.',
      })}
      ${field(call, {
        name: 'ForwardedHost',
        label: 'X-Forwarded-Host',
        autocomplete: 'off',
        help: 'If a proxy stands before your server.',
      })}
      <div class="buttons">
        <button type="submit" class="primary">Check</button>
        ${linkButton(own, 'Cancel')}
      </div>
    </form>`;
}

function resultSection(found: Diagnosis): Html {
  const { title, points } = explain(found);
  const tone = found.verdict === 'right' ? 'good' : 'bad';
  return html`<section aria-labelledby="result">
    <h2 id="result" tabindex="-1" autofocus>Result</h2>
    <p class="notice ${tone}"><strong>${title}</strong></p>
    <ul class="points">
      ${points.map(({ says, fix }) => html`<li><strong>${says}.</strong> ${fix}</li>`)}
    </ul>
    ${differenceOf(found)}
  </section>`;
}

/** Both texts, with the part from the first difference on marked. */
function differenceOf({ checked, signed }: Diagnosis): Html | null {
  if (signed === null || signed === checked) return null;
  const at = commonLength(checked, signed);
  const line = (label: string, text: string) => html`<p>${label}</p>
    <pre tabindex="0" role="region" aria-label="${label}"><code dir="ltr">${text.slice(0, at)}<mark>${text.slice(at)}</mark></code></pre>`;
  return html`${line('The text that was signed', signed)}
  ${line('The text that your request makes', checked)}`;
}
