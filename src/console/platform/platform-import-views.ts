import { html } from 'hono/html';
import type { Html, PersonCall } from '../../http/pages/page.ts';
import type { ImportReport } from '../../numbers/import-stock.ts';
import { MAX_IMPORTED } from '../../numbers/stock-number.ts';
import { field, formToken, linkButton } from '../../pages/widgets.ts';
import { counted, rows } from '../parts/console-views.ts';
import { NUMBERS } from './platform-number-views.ts';

/** The operators' views of an import of numbers. */

export const IMPORT = `${NUMBERS}/import`;

/** The refused numbers that a page shows. */
const REFUSED_SHOWN = 100;

const EXAMPLE = `number,country,kind,capabilities,carrier,price
+14155550100,US,local,sms mms voice,mno,1.15
+493012345678,DE,local,sms voice,mno,`;

export function importForm(call: PersonCall, carriers: readonly string[]): Html {
  return html`<p>
      The first line names the columns. <code>kind</code> is local, mobile or toll-free, and
      <code>carrier</code> is one of this server's carriers: ${carriers.join(', ')}. Without a
      <code>price</code> the rate card has it. You see the result before anything is written.
    </p>
    <pre tabindex="0" aria-label="An example"><code>${EXAMPLE}</code></pre>
    <form method="post" action="${IMPORT}" enctype="multipart/form-data">
      ${formToken(call)}
      ${field(call, {
        name: 'file',
        label: 'CSV file',
        type: 'file',
        accept: '.csv,text/csv,text/plain',
        help: `At most ${MAX_IMPORTED.toLocaleString('en')} numbers.`,
      })}
      ${field(call, { name: 'csv', label: 'Or the lines themselves', rows: 6, autocomplete: 'off' })}
      <div class="buttons">
        <button type="submit">Check the numbers</button>
        ${linkButton(NUMBERS, 'Cancel')}
      </div>
    </form>`;
}

/** The result of a dry run, and the form that imports the same text. */
export function importPreview(call: PersonCall, csv: string, report: ImportReport): Html {
  const { added, changed, unchanged, refused } = report;
  const writes = added + changed;
  const counts = `${added.toLocaleString('en')} new, ${changed.toLocaleString('en')} changed, ${unchanged.toLocaleString('en')} unchanged, ${refused.length.toLocaleString('en')} refused`;
  return html`<p>${counts}. Nothing is written yet.</p>
    ${refused.length === 0 ? null : refusedList(refused)}
    ${
      writes === 0
        ? html`<p>${nothingToDo(report)}</p>
            <div class="buttons">${linkButton(IMPORT, 'Choose another file', 'primary')} ${linkButton(NUMBERS, 'Cancel')}</div>`
        : html`<form method="post" action="${IMPORT}" enctype="multipart/form-data">
            ${formToken(call)}
            <input type="hidden" name="csv" value="${csv}" />
            <input type="hidden" name="checked" value="yes" />
            <div class="buttons">
              <button type="submit">Import ${counted(writes, 'number')}</button>
              ${linkButton(NUMBERS, 'Cancel')}
            </div>
          </form>`
    }`;
}

function nothingToDo({ unchanged }: ImportReport): string {
  return unchanged > 0
    ? 'The stock has these numbers already, so there is nothing to import.'
    : 'There is no number to import.';
}

function refusedList(refused: ImportReport['refused']): Html {
  const more = refused.length - REFUSED_SHOWN;
  return html`<section>
    <h2>Refused</h2>
    <p>These lines are left out. They do not hold back the others.</p>
    ${rows(
      'Refused lines',
      refused.slice(0, REFUSED_SHOWN).map(({ place, field: column, value, rule }) => ({
        name: capitalized(place),
        about: html`<p><code>${column}</code> <bdi>${value === '' ? 'is empty and' : `“${value}”`}</bdi> ${rule}.</p>`,
      })),
    )}
    ${more > 0 ? html`<p class="muted">And ${more.toLocaleString('en')} more.</p>` : null}
  </section>`;
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The result of an import, in one sentence. */
export function importNotice({ added, changed, unchanged, refused }: ImportReport): string {
  const parts = [
    ...(added > 0 ? [`${counted(added, 'number')} added`] : []),
    ...(changed > 0 ? [`${counted(changed, 'number')} changed`] : []),
    ...(unchanged > 0 ? [`${unchanged.toLocaleString('en')} unchanged`] : []),
    ...(refused.length > 0 ? [`${refused.length.toLocaleString('en')} refused`] : []),
  ];
  return `The import is done: ${parts.join(', ')}.`;
}
