import { ApiError } from '../kit/api-error.ts';

/**
 * The numbers of police, fire brigades and ambulances, of all countries together: the ends of a message
 * or a call do not say in which country a number was meant. No other recipient has so few digits.
 */
const EMERGENCY: ReadonlySet<string> = new Set(
  (
    '000 060 061 062 066 08 088 089 100 101 102 103 104 105 106 107 108 110 111 112 113 114 115 116 117 118 ' +
    '119 120 122 123 124 125 126 127 128 129 130 131 132 133 140 144 15 150 155 158 160 166 17 18 180 185 190 ' +
    '191 192 193 194 195 197 198 199 900 901 902 903 904 910 911 912 913 917 919 933 977 988 991 992 993 994 ' +
    '995 997 998 999 1122'
  ).split(' '),
);

/** Whether a dialled text is the number of an emergency service, with or without separators. */
export function isEmergency(text: string): boolean {
  return /^[\d\s()./+-]{2,20}$/.test(text) && EMERGENCY.has(text.replaceAll(/\D/g, ''));
}

/** Twilio's codes for a recipient that no message, and no call, can go to. */
const CODES = { messages: 21211, calls: 21202 } as const;

/**
 * Refuses the number of an emergency service, which no carrier of Tieline reaches.
 * @throws ApiError 400 with 21211 or 21202
 */
export function refuseEmergency(traffic: keyof typeof CODES, to: string): void {
  if (!isEmergency(to)) return;
  const why = `The 'To' number ${to} is that of an emergency service, which no ${traffic.slice(0, -1)} can reach from here`;
  const reason = 'emergency=?0, says="dial the number on a telephone"';
  throw new ApiError(400, CODES[traffic], why, { headers: { 'Tieline-Reason': reason } });
}
