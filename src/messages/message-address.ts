import { isShortCode, readPhoneNumber } from '../numbers/phone-number.ts';

/** The channel of a message. Both of its ends have the same one. */
export type Channel = 'sms' | 'whatsapp';

const WHATSAPP = 'whatsapp:';
/** A sender's name: at most eleven of these characters, and at least one letter. */
const SENDER_ID = /^(?=.*[A-Za-z])[A-Za-z0-9 +_&-]{1,11}$/;

export function channelOf(address: string): Channel {
  return address.startsWith(WHATSAPP) ? 'whatsapp' : 'sms';
}

/** The number in an address. Any other text stays as it is. */
export function numberIn(address: string): string {
  return address.startsWith(WHATSAPP) ? address.slice(WHATSAPP.length) : address;
}

/** The address of a number in a channel. */
export function addressIn(channel: Channel, number: string): string {
  return channel === 'whatsapp' ? WHATSAPP + number : number;
}

/**
 * Reads the address of a recipient: a number, or a number after `whatsapp:`.
 * @returns it in E.164, or null.
 */
export function readAddress(text: string): string | null {
  const number = readPhoneNumber(numberIn(text))?.number;
  return number === undefined ? null : addressIn(channelOf(text), number);
}

/** Reads an address at which messages arrive: one as of a recipient, or a short code. */
export function readHeld(text: string): string | null {
  return readAddress(text) ?? (isShortCode(text) ? text : null);
}

/** Reads the address of a sender: a number, a short code, or a name in place of a number. */
export function readSender(text: string): string | null {
  return readHeld(text) ?? (isSenderId(text) ? text : null);
}

/** Whether the sender is a name. Such a message cannot be answered. */
export function isSenderId(address: string): boolean {
  return SENDER_ID.test(address);
}
