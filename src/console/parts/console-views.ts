import { html } from 'hono/html';
import type { Account } from '../../accounts/account.ts';
import {
  type Heading,
  type Html,
  isolated,
  type PageCall,
  type Section,
  type View,
  view,
} from '../../http/pages/page.ts';
import { FRIENDLY_NAME_LENGTH } from '../../http/parameters/fields.ts';
import { actionForm, code, field, formToken, linkButton } from '../../pages/widgets.ts';

/** The parts that the console's pages share. */

const STATUS_TONES = { active: 'good', suspended: 'bad', closed: 'quiet' } as const;

export function statusTag(status: Account['status']): Html {
  return html`<span class="tag ${STATUS_TONES[status]}">${status}</span>`;
}

/** `1 customer`, `1,200 customers`. */
export function counted(count: number, thing: string): string {
  return `${count.toLocaleString('en')} ${thing}${count === 1 ? '' : 's'}`;
}

/** The details of an event, a line for each. A nested part is shown as stored. */
export function detailList(parts: readonly (readonly [name: string, value: unknown])[]): Html {
  return html`<dl class="detail">
    ${parts.map(
      ([name, value]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${isolated(typeof value === 'string' ? value : JSON.stringify(value))}</dd>
        </div>`,
    )}
  </dl>`;
}

/** The buttons of an account that is not closed. @param own the path of its pages */
export function statusButtons(call: PageCall, own: string, status: Account['status']): Html {
  return html`${
    status === 'active'
      ? linkButton(`${own}/suspend`, 'Suspend')
      : actionForm(call, `${own}/reactivate`, 'Reactivate', { tone: 'primary' })
  }
  ${linkButton(`${own}/close`, 'Close for good', 'danger')}`;
}

/** The field for the name of an account. */
export function accountNameField(call: PageCall, value: string | null): Html {
  return field(call, {
    name: 'FriendlyName',
    label: 'Account name',
    value,
    required: true,
    maxlength: FRIENDLY_NAME_LENGTH,
    autocomplete: 'off',
  });
}

/** A list of things, each with its name, a text and buttons. */
export function rows(
  label: string,
  entries: readonly {
    readonly name: Html | string;
    readonly about: Html | string | readonly (Html | string | null)[];
    readonly actions?: Html | readonly (Html | null)[] | null;
  }[],
): Html {
  const ids = label.toLowerCase().replaceAll(/\W+/g, '-');
  return html`<ul class="rows" aria-label="${label}">
    ${entries.map(({ name, about, actions }, at) => {
      const id = `${ids}-${at + 1}`;
      // The buttons of all rows have the same names, so each row is a group with its own name.
      const group = html`role="group" aria-labelledby="${id}"`;
      return html`<li>
        <div class="about">
          <p class="name" id="${id}">${name}</p>
          ${about}
        </div>
        ${actions ? html`<div class="actions" ${group}>${actions}</div>` : null}
      </li>`;
    })}
  </ul>`;
}

/** Asks before a change that is hard or impossible to undo. Its form posts to the same page. */
export function confirmView(
  call: PageCall,
  ask: {
    readonly title: string | Heading;
    readonly section: Section;
    /** The text that says what changes and what stays. */
    readonly text: Html;
    readonly action: string;
    /** The text of the button, a verb. */
    readonly label: string;
    readonly back: string;
    readonly tone?: 'danger' | 'primary';
  },
): View {
  return view({
    title: ask.title,
    section: ask.section,
    body: html`${ask.text}
      <form method="post" action="${ask.action}">
        ${formToken(call)}
        <div class="buttons">
          <button type="submit" class="${ask.tone ?? 'danger'}">${ask.label}</button>
          ${linkButton(ask.back, 'Cancel')}
        </div>
      </form>`,
  });
}

/** The view of a secret that is shown only once. */
export function secretView(shown: {
  readonly title: string;
  readonly section: Section;
  /** The text before the secret. */
  readonly intro: Html;
  readonly parts: readonly { readonly label: string; readonly text: string }[];
  /** The text that says how to use it. */
  readonly advice: Html;
  readonly back: string;
  readonly back_label: string;
}): View {
  const { title, section, intro, parts, advice, back, back_label } = shown;
  return view({
    title,
    section,
    body: html`${intro}
      <dl class="secret">
        ${parts.map(
          ({ label, text }) =>
            html`<div>
              <dt>${label}</dt>
              <dd>${code(text)}</dd>
            </div>`,
        )}
      </dl>
      ${advice}
      <p><a href="${back}">${back_label}</a></p>`,
  });
}

/** The fields of a form and its buttons. */
export function formBody(
  call: PageCall,
  form: {
    readonly action: string;
    readonly fields: readonly (Html | null)[] | Html;
    readonly label: string;
    readonly back: string;
  },
): Html {
  return html`<form method="post" action="${form.action}">
    ${formToken(call)} ${form.fields}
    <div class="buttons">
      <button type="submit">${form.label}</button>
      ${linkButton(form.back, 'Cancel')}
    </div>
  </form>`;
}
