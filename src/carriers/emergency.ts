import { ApiError } from '../kit/api-error.ts';

/** The numbers of emergency services in one country. */
interface EmergencyPlan {
  /** The beginning of the country's numbers. */
  readonly calling: string;
  readonly numbers: string;
}

/** Countries in which an operator can route emergency numbers. */
const PLANS: Readonly<Record<string, EmergencyPlan>> = {
  AE: { calling: '+971', numbers: '112 997 998 999' },
  AT: { calling: '+43', numbers: '112 122 133 144' },
  AU: { calling: '+61', numbers: '000 112' },
  BE: { calling: '+32', numbers: '100 101 112' },
  BG: { calling: '+359', numbers: '112' },
  BR: { calling: '+55', numbers: '190 192 193' },
  CA: { calling: '+1', numbers: '911' },
  CH: { calling: '+41', numbers: '112 117 118 144' },
  CL: { calling: '+56', numbers: '131 132 133' },
  CN: { calling: '+86', numbers: '110 119 120 122' },
  CY: { calling: '+357', numbers: '112 199' },
  CZ: { calling: '+420', numbers: '112 150 155 158' },
  DE: { calling: '+49', numbers: '110 112' },
  DK: { calling: '+45', numbers: '112' },
  EE: { calling: '+372', numbers: '112' },
  ES: { calling: '+34', numbers: '112' },
  FI: { calling: '+358', numbers: '112' },
  FR: { calling: '+33', numbers: '112 114 15 17 18' },
  GB: { calling: '+44', numbers: '112 999' },
  GR: { calling: '+30', numbers: '100 112 166 199' },
  HK: { calling: '+852', numbers: '112 999' },
  HR: { calling: '+385', numbers: '112 192 193 194' },
  HU: { calling: '+36', numbers: '104 105 107 112' },
  IE: { calling: '+353', numbers: '112 999' },
  IL: { calling: '+972', numbers: '100 101 102 112' },
  IN: { calling: '+91', numbers: '100 101 102 108 112' },
  IS: { calling: '+354', numbers: '112' },
  IT: { calling: '+39', numbers: '112 113 115 118' },
  JP: { calling: '+81', numbers: '110 118 119' },
  KR: { calling: '+82', numbers: '112 119' },
  LT: { calling: '+370', numbers: '112' },
  LU: { calling: '+352', numbers: '112 113' },
  LV: { calling: '+371', numbers: '112' },
  MT: { calling: '+356', numbers: '112' },
  MX: { calling: '+52', numbers: '911' },
  MY: { calling: '+60', numbers: '112 999' },
  NL: { calling: '+31', numbers: '112' },
  NO: { calling: '+47', numbers: '110 112 113' },
  NZ: { calling: '+64', numbers: '111' },
  PL: { calling: '+48', numbers: '112 997 998 999' },
  PT: { calling: '+351', numbers: '112' },
  RO: { calling: '+40', numbers: '112' },
  SE: { calling: '+46', numbers: '112' },
  SG: { calling: '+65', numbers: '995 999' },
  SI: { calling: '+386', numbers: '112 113' },
  SK: { calling: '+421', numbers: '112 150 155 158' },
  TR: { calling: '+90', numbers: '112' },
  TW: { calling: '+886', numbers: '110 119' },
  UA: { calling: '+380', numbers: '101 102 103 112' },
  US: { calling: '+1', numbers: '911' },
  ZA: { calling: '+27', numbers: '112' },
};

/** The countries whose emergency numbers can be routed, by two letters. */
export const EMERGENCY_COUNTRIES: readonly string[] = Object.keys(PLANS);

/** The emergency numbers of a country, and the beginning of the numbers that may call them. */
export function emergencyPlanOf(country: string): {
  readonly calling: string;
  readonly numbers: readonly string[];
} {
  const { calling = '', numbers = '' } = PLANS[country] ?? {};
  return { calling, numbers: numbers.split(' ') };
}

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

/** The number of an emergency service in a dialled text with or without separators; null: it is none. */
export function emergencyIn(text: string): string | null {
  if (!/^[\d\s()./+-]{2,20}$/.test(text)) return null;
  const digits = text.replaceAll(/\D/g, '');
  return EMERGENCY.has(digits) ? digits : null;
}

/** Twilio's codes for a recipient that no message, and no call, can go to. */
const CODES = { messages: 21211, calls: 21202 } as const;
const REASON = 'emergency=?0, says="dial the number on a telephone"';

/**
 * Refuses the number of an emergency service.
 * @throws ApiError 400 with 21211 or 21202
 */
export function refuseEmergency(traffic: keyof typeof CODES, to: string): void {
  if (emergencyIn(to) === null) return;
  const why = `The 'To' number ${to} is that of an emergency service, which no ${traffic.slice(0, -1)} can reach from here`;
  throw new ApiError(400, CODES[traffic], why, { headers: { 'Tieline-Reason': REASON } });
}
