import type { Selectable } from 'kysely';
import type { Tables } from '../db/tables/tables.ts';
import { badParameter } from '../kit/api-error.ts';
import { isVisible, VISIBLE_RULE } from '../kit/shown-name.ts';

/** Somebody who signs in. */
export type Person = Selectable<Tables['people']>;

/** The longest address that mail can be sent to (RFC 5321), and the part before the `@`. */
export const EMAIL_LENGTH = 254;
const MAILBOX_LENGTH = 64;
export const NAME_LENGTH = 64;

/** People of one account. */
export const MAX_PEOPLE = 100;
/** Sessions of one person; a further one ends the one that was unused for longest. */
export const MAX_SESSIONS = 20;
/** Second factors of one person. */
export const MAX_SECOND_FACTORS = 10;

/**
 * What no name or address may hold, because it would not show or would turn the text around it:
 * control characters, the signs that set the direction of writing, invisible spaces, and halves
 * of surrogate pairs (docs/threats.md, T22).
 */
const UNSHOWABLE =
  /[\p{Cc}\p{Zl}\p{Zp}\u061C\u200B\u200E\u200F\u202A-\u202E\u2060-\u206F\uFEFF]|\p{Surrogate}/u;

/**
 * An e-mail address as it is stored and looked up: without spaces around it and in lower case.
 * @throws ApiError 400 when it cannot be one.
 */
export function readEmail(text: string): string {
  const email = normalEmail(text);
  if (text.length > EMAIL_LENGTH + MAILBOX_LENGTH || email.length > EMAIL_LENGTH) {
    throw badParameter('Email', `must be at most ${EMAIL_LENGTH} characters`);
  }
  const [mailbox = '', host = '', ...more] = email.split('@');
  const isAddress = mailbox !== '' && mailbox.length <= MAILBOX_LENGTH && host !== '';
  if (!isAddress || more.length > 0 || /\s/.test(email) || UNSHOWABLE.test(email)) {
    throw badParameter('Email', 'must be an address such as name@example.com');
  }
  return email;
}

/** What was entered as an address, whatever it is, in the form in which addresses are found. */
export function normalEmail(text: string): string {
  return text
    .slice(0, 2 * EMAIL_LENGTH)
    .trim()
    .normalize('NFC')
    .toLowerCase();
}

/**
 * A person's name, without spaces around it.
 * @throws ApiError 400 when it is empty, too long, or holds what cannot be shown.
 */
export function readName(text: string): string {
  const name = text
    .slice(0, 4 * NAME_LENGTH)
    .trim()
    .normalize('NFC');
  if (name === '') throw badParameter('Name', 'must not be empty');
  if (text.length > 4 * NAME_LENGTH || [...name].length > NAME_LENGTH) {
    throw badParameter('Name', `must be at most ${NAME_LENGTH} characters`);
  }
  if (UNSHOWABLE.test(name)) {
    throw badParameter(
      'Name',
      'must not hold control characters or any that set the direction of writing',
    );
  }
  if (!isVisible(name)) throw badParameter('Name', VISIBLE_RULE);
  return name;
}
