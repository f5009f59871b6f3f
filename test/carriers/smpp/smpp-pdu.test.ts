import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { Frames, LostFrame, MAX_PDU_OCTETS } from '../../../src/carriers/smpp/frames.ts';
import {
  decodePdu,
  encodePdu,
  type Pdu,
  pduOf,
  TLV,
  UnreadablePdu,
} from '../../../src/carriers/smpp/pdu.ts';
import { statusName, verdictOf } from '../../../src/carriers/smpp/statuses.ts';

const letters = fc.string({ unit: fc.constantFrom(...'0123456789abcXYZ+ '), maxLength: 20 });
const octet = fc.integer({ min: 0, max: 255 });
const submits: fc.Arbitrary<Pdu> = fc
  .record({
    sequence: fc.integer({ min: 1, max: 0x7fff_ffff }),
    source_addr: letters,
    destination_addr: letters,
    esm_class: octet,
    data_coding: octet,
    short_message: fc.uint8Array({ maxLength: 254 }),
    payload: fc.uint8Array({ maxLength: 2_000 }),
  })
  .map(({ sequence, short_message, payload, ...fields }) =>
    pduOf('submit_sm', sequence, {
      fields,
      short_message: Buffer.from(short_message),
      tlvs: new Map([[TLV.message_payload, Buffer.from(payload)]]),
    }),
  );

suite('a PDU', () => {
  test('has the octets that the standard shows for a bind', () => {
    // The fields of the example in SMPP 3.4, section 4.1.1, as a transceiver.
    const fields = {
      system_id: 'SMPP3TEST',
      password: 'secret08',
      system_type: 'SUBMIT1',
      interface_version: 0x34,
      addr_ton: 1,
      addr_npi: 1,
    };
    assert.equal(
      encodePdu(pduOf('bind_transceiver', 1, { fields })).toString('hex'),
      `0000002f000000090000000000000001${Buffer.from('SMPP3TEST\0secret08\0SUBMIT1\0').toString('hex')}34010100`,
    );
  });

  test('reads as it was written', () => {
    fc.assert(
      fc.property(submits, (pdu) => {
        const read = decodePdu(encodePdu(pdu));
        assert.deepEqual(
          { ...read, fields: { ...read.fields, ...pdu.fields } },
          {
            ...pdu,
            fields: { ...read.fields, ...pdu.fields },
          },
        );
        for (const [name, value] of Object.entries(pdu.fields)) {
          assert.equal(read.fields[name], value, name);
        }
      }),
    );
  });

  test('comes whole out of a stream, however the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(submits, { maxLength: 5 }), fc.array(fc.nat(400)), (pdus, cuts) => {
        const all = Buffer.concat(pdus.map(encodePdu));
        const frames = new Frames();
        const found: Buffer[] = [];
        let at = 0;
        for (const cut of [...cuts, all.length]) {
          found.push(...frames.take(all.subarray(at, at + cut)));
          at = Math.min(at + cut, all.length);
        }
        assert.deepEqual(Buffer.concat(found), all);
        assert.equal(found.length, pdus.length);
      }),
    );
  });

  test('of an impossible length ends the stream', () => {
    for (const length of [0, 15, MAX_PDU_OCTETS + 1, 0xffff_ffff]) {
      const head = Buffer.alloc(4);
      head.writeUInt32BE(length);
      assert.throws(() => [...new Frames().take(head)], LostFrame, String(length));
    }
  });

  test('of any octets reads, or is refused as unreadable', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(4, 5, 9, 0x103, 0x8000_0004, 0x8000_0009, 0x15, 0x77),
        fc.uint8Array({ maxLength: 300 }),
        (id, body) => {
          const octets = Buffer.concat([Buffer.alloc(16), Buffer.from(body)]);
          octets.writeUInt32BE(octets.length, 0);
          octets.writeUInt32BE(id, 4);
          try {
            decodePdu(octets);
          } catch (error) {
            assert.ok(error instanceof UnreadablePdu, String(error));
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test('refuses a value that is too long for its field', () => {
    const long = (fields: Pdu['fields']) => () => encodePdu(pduOf('submit_sm', 1, { fields }));
    assert.throws(long({ source_addr: '1'.repeat(21) }), /source_addr/);
    assert.throws(long({ service_type: 'a\0b' }), /service_type/);
  });
});

suite('a status', () => {
  test('waits, refuses or accepts', () => {
    assert.deepEqual(verdictOf(0), { is: 'accepted' });
    assert.deepEqual(verdictOf(0x58), { is: 'later', because: 'throttled' });
    assert.deepEqual(verdictOf(0x14), { is: 'later', because: 'throttled' });
    assert.deepEqual(verdictOf(0x08), { is: 'later', because: 'system' });
    assert.deepEqual(verdictOf(0x0b), { is: 'refused', code: 30005 });
    assert.deepEqual(verdictOf(0x4ff), { is: 'refused', code: 30008 });
  });

  test('has words', () => {
    assert.equal(statusName(0x0b), 'invalid destination address (0x0B)');
    assert.equal(statusName(0x4ff), 'an error of the carrier (0x4FF)');
  });
});
