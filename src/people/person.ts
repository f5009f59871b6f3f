import type { Selectable } from 'kysely';
import type { Tables } from '../db/tables/tables.ts';
import { badParameter } from '../kit/api-error.ts';
import { isVisible, VISIBLE_RULE } from '../kit/shown-name.ts';

/** A person who signs in to the console. */
export type Person = Selectable<Tables['people']>;

/** The greatest length of an e-mail address, and of its part before the `@` (RFC 5321). */
export const EMAIL_LENGTH = 254;
const MAILBOX_LENGTH = 64;
export const NAME_LENGTH = 64;

/** The most people of one account. */
export const MAX_PEOPLE = 100;
/** The most sessions of one person. One more ends the session that was unused for longest. */
export const MAX_SESSIONS = 20;
/** The most second factors of one person. */
export const MAX_SECOND_FACTORS = 10;

/**
 * Characters that no name or address may contain, because they are invisible or change the text
 * around them: control characters, marks for the direction of writing, invisible spaces, and halves
 * of surrogate pairs (docs/threats.md, T22).
 */
const UNSHOWABLE =
  /[\p{Cc}\p{Zl}\p{Zp}\u061C\u200B\u200E\u200F\u202A-\u202E\u2060-\u206F\uFEFF]|\p{Surrogate}/u;

/**
 * Reads an e-mail address into its stored form: trimmed and in lower case.
 * @throws ApiError 400 for text that cannot be an address
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

/** The form of an entered address in which addresses are looked up. It accepts any text. */
export function normalEmail(text: string): string {
  return text
    .slice(0, 2 * EMAIL_LENGTH)
    .trim()
    .normalize('NFC')
    .toLowerCase();
}

/**
 * Reads a person's name, trimmed.
 * @throws ApiError 400 when it is empty, too long, or contains characters that cannot be shown
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
