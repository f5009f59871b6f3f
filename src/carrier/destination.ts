/** The reaction of the far end of a number to a message or a call. */
export type Disposition =
  | 'answers'
  | 'invalid'
  | 'busy'
  | 'no-answer'
  | 'fails'
  | 'machine'
  | 'stays';

/** The reactions by the last four digits of a number. Every other number works. */
const ENDINGS: Readonly<Record<string, Disposition>> = {
  '0001': 'invalid',
  '0002': 'busy',
  '0003': 'no-answer',
  '0004': 'fails',
  '0005': 'machine',
  '0006': 'stays',
};

/** @param address a number in E.164, or a SIP or client address, which answers. */
export function dispositionOf(address: string): Disposition {
  if (!/^\+\d+$/.test(address)) return 'answers';
  return ENDINGS[address.slice(-4)] ?? 'answers';
}
