import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { GSM_BASIC, GSM_EXTENSION } from '../../../src/carriers/gsm-letters.ts';
import { fromWire, toWire } from '../../../src/carriers/smpp/address.ts';
import { decodeText } from '../../../src/carriers/smpp/alphabet.ts';
import { readPart } from '../../../src/carriers/smpp/incoming.ts';
import { MAX_PARTS, type Part, partsOf, SPLITS } from '../../../src/carriers/smpp/outgoing.ts';
import { decodePdu, encodePdu, pduOf, TLV } from '../../../src/carriers/smpp/pdu.ts';
import { segmentsOf } from '../../../src/messages/segments.ts';

const GERMAN = { alphabet: 'gsm', country_code: '49' } as const;
const texts = fc.oneof(
  fc.string({ unit: fc.constantFrom(...GSM_BASIC, ...GSM_EXTENSION), maxLength: 700 }),
  fc.string({ unit: 'grapheme', maxLength: 400 }),
);

/** The part as the far side reads it, through the octets of a PDU. */
function heard(part: Part) {
  const fields = { data_coding: part.data_coding, esm_class: part.esm_class };
  const pdu = pduOf('deliver_sm', 1, { ...part, fields });
  return readPart(decodePdu(encodePdu(pdu)), GERMAN);
}

suite('a text over SMPP', () => {
  for (const split of SPLITS) {
    test(`arrives as it was written, divided by ${split}`, () => {
      fc.assert(
        fc.property(texts, fc.nat(0xffff), (text, reference) => {
          const parts = partsOf(text, { split, alphabet: 'gsm' }, reference);
          assert.equal(parts.map((part) => heard(part).text).join(''), text);
          const numbers = parts.map((part, index) => heard(part).of?.number ?? index + 1);
          assert.deepEqual(
            numbers,
            parts.map((_, index) => index + 1),
          );
          for (const part of parts) assert.ok(part.short_message.length <= 254);
        }),
      );
    });
  }

  test('has as many parts as it is charged for', () => {
    fc.assert(
      fc.property(texts, (text) => {
        for (const split of ['udh8', 'sar'] as const) {
          assert.equal(partsOf(text, { split, alphabet: 'gsm' }, 7).length, segmentsOf(text));
        }
      }),
    );
  });

  test('keeps letters of two places whole', () => {
    const bears = partsOf('🐻'.repeat(36), { split: 'udh8', alphabet: 'gsm' }, 1);
    assert.deepEqual(
      bears.map((part) => heard(part).text.length),
      [66, 6],
    );
    const euros = partsOf('€'.repeat(81), { split: 'udh8', alphabet: 'gsm' }, 1);
    assert.deepEqual(
      euros.map((part) => heard(part).text.length),
      [76, 5],
    );
  });

  test('goes as UCS-2 to a centre whose default alphabet lacks a letter', () => {
    const latin = { split: 'udh8', alphabet: 'latin1' } as const;
    assert.equal(partsOf('Grüße', latin, 1)[0]?.data_coding, 0);
    assert.equal(partsOf('Grüße', latin, 1)[0]?.short_message.toString('latin1'), 'Grüße');
    assert.equal(partsOf('5 €', latin, 1)[0]?.data_coding, 8);
    assert.equal(partsOf('ü', { split: 'udh8', alphabet: 'ascii' }, 1)[0]?.data_coding, 8);
  });

  test('of more parts than a header can count is refused', () => {
    const text = 'a'.repeat(153 * MAX_PARTS + 1);
    assert.throws(() => partsOf(text, { split: 'udh8', alphabet: 'gsm' }, 1), /256 parts/);
  });

  test('is read by each data coding', () => {
    assert.equal(decodeText(Buffer.from([0x00, 0x1b, 0x65, 0x1b, 0x3c, 0x61]), 0, 'gsm'), '@€[a');
    assert.equal(decodeText(Buffer.from('Gr\u00fc\u00dfe', 'latin1'), 3, 'gsm'), 'Grüße');
    assert.equal(decodeText(Buffer.from('Gr\u00fc\u00dfe', 'latin1'), 0, 'latin1'), 'Grüße');
    assert.equal(decodeText(Buffer.from([0x24, 0x40, 0xe4]), 1, 'gsm'), '$@\ufffd');
    assert.equal(
      decodeText(Buffer.from([0x04, 0x16, 0xd8, 0x3d, 0xdc, 0x3b, 0x7]), 8, 'gsm'),
      'Ж🐻',
    );
    assert.equal(decodeText(Buffer.from([0x04, 0x16]), 0x18, 'gsm'), 'Ж');
    assert.equal(decodeText(Buffer.from([0x00]), 0xf0, 'gsm'), '@');
  });

  test('without sense in its header or its place reads as a message of its own', () => {
    const reads = (short_message: Buffer, rest: [number, Buffer][] = []) =>
      readPart(
        pduOf('deliver_sm', 1, {
          fields: { esm_class: rest.length > 0 ? 0 : 0x40 },
          short_message,
          tlvs: new Map(rest),
        }),
        GERMAN,
      );
    assert.deepEqual(reads(Buffer.from([5, 0, 3, 9, 2, 3, 0x61])).of, null);
    assert.equal(reads(Buffer.from([200, 0, 3, 9, 2])).text, '');
    assert.deepEqual(reads(Buffer.from([6, 8, 4, 1, 2, 3, 1, 0x61])).of, {
      reference: 258,
      total: 3,
      number: 1,
    });
    const other = reads(Buffer.from([9, 4, 2, 1, 1, 0, 3, 7, 2, 2, 0x61]));
    assert.deepEqual([other.of?.reference, other.of?.number, other.text], [7, 2, 'a']);
    assert.equal(reads(Buffer.from('a'), [[TLV.sar_msg_ref_num, Buffer.of(1)]]).of, null);
  });
});

suite('an address over SMPP', () => {
  test('goes out by its type', () => {
    assert.deepEqual(toWire('+4915123456789'), { ton: 1, npi: 1, address: '4915123456789' });
    assert.deepEqual(toWire('84433'), { ton: 3, npi: 0, address: '84433' });
    assert.deepEqual(toWire('Tieline'), { ton: 5, npi: 0, address: 'Tieline' });
  });

  test('comes in as Tieline writes it', () => {
    const cases: [ton: number, address: string, read: string][] = [
      [1, '4915123456789', '+4915123456789'],
      [1, '+4915123456789', '+4915123456789'],
      [0, '4915123456789', '+4915123456789'],
      [0, '004915123456789', '+4915123456789'],
      [0, '+49 151 23456789', '+4915123456789'],
      [2, '015123456789', '+4915123456789'],
      [3, '84433', '84433'],
      [0, '84433', '84433'],
      [5, 'Tieline', 'Tieline'],
      [5, '4915123456789', '4915123456789'],
      [0, 'Tieline', 'Tieline'],
    ];
    for (const [ton, address, read] of cases) {
      assert.equal(fromWire({ ton, npi: 0, address }, '49'), read, `${ton} ${address}`);
    }
    assert.equal(fromWire({ ton: 2, npi: 1, address: '015123456789' }), '015123456789');
  });

  test('comes back as it went out', () => {
    const e164 = fc.stringMatching(/^\+[1-9]\d{7,14}$/);
    fc.assert(fc.property(e164, (number) => assert.equal(fromWire(toWire(number)), number)));
  });
});
