/**
 * The reasons with which carriers refuse or fail messages: Twilio's codes, with our own texts. Each
 * kind of carrier maps its own codes to these.
 */
export const CARRIER_ERRORS = {
  14107: 'Two numbers have answered each other too often within a short time',
  21610: 'The recipient has written STOP to the number that the message comes from',
  21612: 'No carrier of this platform takes messages to this recipient',
  30001: 'The queue of the carrier was full',
  30003: 'The recipient could not be reached',
  30004: 'The recipient, or the carrier for it, blocks such messages',
  30005: 'The recipient does not exist, or no longer does',
  30006: 'The recipient is a landline, or its network takes no messages from this carrier',
  30007: 'The carrier filtered the message out',
  30008: 'The message failed on its way, for a reason that is not known',
  30022: 'The carrier took no more messages from this sender in time',
  30036: 'The message could not be sent within its validity period',
  30039: 'The message is part of a loop of answers',
  30410: 'The carrier did not answer in time',
} as const;

export type CarrierErrorCode = keyof typeof CARRIER_ERRORS;

/** @returns the code itself when it is one of ours, and 30008 for any other */
export function carrierErrorOf(code: number | null | undefined): CarrierErrorCode {
  return code != null && code in CARRIER_ERRORS ? (code as CarrierErrorCode) : 30008;
}
