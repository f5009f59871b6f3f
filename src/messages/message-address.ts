import { readPhoneNumber } from '../numbers/phone-number.ts';

/** What carries a message: both of its ends are of one channel. */
export type Channel = 'sms' | 'whatsapp';

const WHATSAPP = 'whatsapp:';
/** At most eleven of these signs, one of them a letter. */
const SENDER_ID = /^(?=.*[A-Za-z])[A-Za-z0-9 +_&-]{1,11}$/;

export function channelOf(address: string): Channel {
  return address.startsWith(WHATSAPP) ? 'whatsapp' : 'sms';
}

/** The number in an address; what is none stays as it is. */
export function numberIn(address: string): string {
  return address.startsWith(WHATSAPP) ? address.slice(WHATSAPP.length) : address;
}

/** The address of a number in a channel. */
export function addressIn(channel: Channel, number: string): string {
  return channel === 'whatsapp' ? WHATSAPP + number : number;
}

/**
 * Reads what a message can go to: a number, or one behind `whatsapp:`.
 * @returns it in E.164, or null.
 */
export function readAddress(text: string): string | null {
  const number = readPhoneNumber(numberIn(text))?.number;
  return number === undefined ? null : addressIn(channelOf(text), number);
}

/** Reads what a message can come from: such an address, or a name in place of a number. */
export function readSender(text: string): string | null {
  const address = readAddress(text);
  if (address !== null) return address;
  return isSenderId(text) ? text : null;
}

/** Whether a message comes from a name, which nobody can answer. */
export function isSenderId(address: string): boolean {
  return SENDER_ID.test(address);
}
