import { html } from 'hono/html';
import type { AccountCall, Html } from '../../http/pages/page.ts';
import {
  callbackUrl,
  FRIENDLY_NAME_LENGTH,
  fields,
  httpMethod,
  oneOf,
  text,
  URL_LENGTH,
} from '../../http/parameters/fields.ts';
import { clearableName } from '../../http/parameters/name-fields.ts';
import { field, type Option, selectField } from '../../pages/widgets.ts';
import { type Category, TOTAL_PRICE } from '../../usage/category.ts';
import { RECURRENCES, TRIGGER_FIELDS } from '../../usage/usage-trigger.ts';
import { calledUrl, category, VALUE_LENGTH, value } from '../../usage/usage-trigger-fields.ts';
import { categoryText } from '../parts/usage-words.ts';
import { childrenOf } from '../usage/usage-summary.ts';
import { RECURRENCE_WORDS } from './usage-trigger-words.ts';

/** The forms of a usage trigger. Rules and error messages are those of the API. */

const SID_LENGTH = 34;

const friendlyName = clearableName(FRIENDLY_NAME_LENGTH).optional();

/** The fields of a new trigger, with its account. */
export const NEW_TRIGGER = fields({
  AccountSid: text(SID_LENGTH),
  UsageCategory: category,
  TriggerBy: oneOf(TRIGGER_FIELDS),
  TriggerValue: value,
  Recurring: oneOf(RECURRENCES),
  CallbackUrl: calledUrl,
  CallbackMethod: httpMethod,
  FriendlyName: friendlyName,
});

/** The fields that can change. An address left as the page shows it does not change. */
export const CHANGED_TRIGGER = fields({
  FriendlyName: friendlyName,
  CallbackUrl: callbackUrl,
  CallbackMethod: httpMethod,
});

const BY: readonly Option[] = [
  { value: 'price', label: 'Price, in USD' },
  { value: 'count', label: 'Count, how many times' },
  { value: 'usage', label: 'Usage, in the unit of the category' },
];

const METHODS: readonly Option[] = ['POST', 'GET'].map((value) => ({ value, label: value }));

/** Every category below its parent, each level indented. */
function categoryOptions(parent: Category | null = null, depth = 0): Option[] {
  return childrenOf(parent).flatMap((category) => [
    { value: category.name, label: `${'\u00a0'.repeat(3 * depth)}${categoryText(category)}` },
    ...categoryOptions(category, depth + 1),
  ]);
}
const CATEGORY_OPTIONS = [
  { value: TOTAL_PRICE, label: 'All usage, by its price' },
  ...categoryOptions(),
];

/** @param accounts the accounts that the trigger can be made in */
export function newTriggerFields(call: AccountCall, accounts: readonly Option[]): Html {
  return html`${selectField(call, {
    name: 'AccountSid',
    label: 'Usage of',
    options: accounts,
  })}
  ${selectField(call, { name: 'UsageCategory', label: 'Category', options: CATEGORY_OPTIONS })}
  <div class="fields">
    ${selectField(call, { name: 'TriggerBy', label: 'Watches', options: BY, help: 'For all usage, only the price can be watched.' })}
    ${field(call, {
      name: 'TriggerValue',
      label: 'Value to reach',
      required: true,
      maxlength: VALUE_LENGTH,
      autocomplete: 'off',
      placeholder: '100',
      help: 'A plus sign in front adds to the present value: +30.',
    })}
    ${selectField(call, {
      name: 'Recurring',
      label: 'How often',
      options: Object.entries(RECURRENCE_WORDS).map(([value, label]) => ({ value, label })),
      value: 'monthly',
      help: 'Days, months and years are those of UTC.',
    })}
  </div>
  ${callbackFields(call, { callback_url: null, callback_method: 'POST' })}
  ${nameField(call, null)}`;
}

/** @param shown the trigger with its address as the page may show it */
export function changedTriggerFields(
  call: AccountCall,
  shown: {
    readonly friendly_name: string | null;
    readonly callback_url: string | null;
    readonly callback_method: string;
  },
  help?: string,
): Html {
  return html`${nameField(call, shown.friendly_name)} ${callbackFields(call, shown, help)}`;
}

function nameField(call: AccountCall, value: string | null): Html {
  return field(call, {
    name: 'FriendlyName',
    label: 'Name',
    value,
    maxlength: FRIENDLY_NAME_LENGTH,
    autocomplete: 'off',
  });
}

function callbackFields(
  call: AccountCall,
  shown: { readonly callback_url: string | null; readonly callback_method: string },
  help = 'It gets one request, signed with the auth token, each time that the value is reached.',
): Html {
  return html`${field(call, {
    name: 'CallbackUrl',
    label: 'Callback URL',
    type: 'url',
    value: shown.callback_url,
    required: true,
    maxlength: URL_LENGTH,
    autocomplete: 'off',
    placeholder: 'https://example.com/usage',
    help,
  })}
  ${selectField(call, {
    name: 'CallbackMethod',
    label: 'Callback method',
    options: METHODS,
    value: shown.callback_method,
  })}`;
}
