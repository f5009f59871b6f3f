import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { type Pdu, pduOf, TLV } from '../../../src/carriers/smpp/pdu.ts';
import { plainRef, readReceipt, submittedRef } from '../../../src/carriers/smpp/receipt.ts';

const RECEIPT = { fields: { esm_class: 0x04 } };
const read = (text: string, rest: Partial<Pdu> = RECEIPT) =>
  readReceipt(pduOf('deliver_sm', 1, rest), text, 'unknown');

suite('a receipt', () => {
  test('is read from its text, in any order and case', () => {
    const told = 'id:AB12 sub:001 dlvrd:001 submit date:2612011200 done date:2612011201 ';
    for (const text of [
      `${told}stat:DELIVRD err:000 text:Hello`,
      'ID: ab12 STAT: delivrd ERR: 0',
      'stat:DELIVERED err:0x0 id:00AB12 text:id:99 stat:REJECTD',
      'id=ab12, stat=DELIVRD, err=000',
      'ab12,001,001,2612011200,2612011201,DELIVRD,000,Hello',
    ]) {
      const receipt = read(text);
      assert.deepEqual([receipt?.state, receipt?.code], ['delivered', null], text);
      assert.ok(receipt?.refs.includes('ab12'), text);
      assert.doesNotMatch(
        receipt?.detail ?? '',
        /Hello|REJECTD/,
        'a message must not outlive itself',
      );
    }
  });

  test('keeps nothing of the message that it quotes', () => {
    const tlvs = new Map([
      [TLV.receipted_message_id, Buffer.from('77\0')],
      [TLV.message_state, Buffer.of(2)],
    ]);
    assert.equal(read('Your code is 123', { tlvs })?.detail, 'DELIV');
    assert.equal(read('text:id:1 stat:UNDELIV', { tlvs })?.detail, 'DELIV');
    assert.equal(read('id:1 stat:DELIVRD err:0 Text: 123')?.detail, 'id:1 stat:DELIVRD err:0');
    assert.equal(read('1,001,DELIVRD,000,Hello, you')?.detail, '1,001,DELIVRD,000');
  });

  test('is read from its TLVs before its text', () => {
    const tlvs = new Map([
      [TLV.receipted_message_id, Buffer.from('77\0')],
      [TLV.message_state, Buffer.of(5)],
      [TLV.network_error_code, Buffer.from([3, 0, 27])],
    ]);
    const receipt = read('id:88 stat:DELIVRD err:000', { ...RECEIPT, tlvs });
    assert.deepEqual([receipt?.state, receipt?.code], ['undelivered', 30003]);
    assert.ok(receipt?.refs.includes('77') && !receipt.refs.includes('88'));
    // The TLVs mark a receipt by themselves.
    assert.equal(read('', { tlvs })?.state, 'undelivered');
  });

  test('has the state and the code of Twilio for each end', () => {
    const cases: [text: string, state: string, code: number | null][] = [
      ['stat:ENROUTE err:000', 'buffered', null],
      ['stat:ACCEPTD err:000', 'buffered', null],
      ['stat:BUFFERED err:000', 'buffered', null],
      ['stat:DELIVRD err:000', 'delivered', null],
      ['stat:EXPIRED err:000', 'undelivered', 30036],
      ['stat:DELETED err:000', 'undelivered', 30008],
      ['stat:UNDELIV err:001', 'undelivered', 30005],
      ['stat:UNDELIV err:0B', 'undelivered', 30006],
      ['stat:UNDELIV err:0x0d', 'undelivered', 30004],
      ['stat:UNDELIV err:027', 'undelivered', 30003],
      ['stat:UNDELIV err:999', 'undelivered', 30008],
      ['stat:UNKNOWN', 'undelivered', 30008],
      ['stat:REJECTD err:000', 'failed', 30007],
      ['stat:FAILED err:000', 'failed', 30008],
    ];
    for (const [text, state, code] of cases) {
      const receipt = read(`id:1 ${text}`);
      assert.deepEqual([receipt?.state, receipt?.code], [state, code], text);
    }
  });

  test('of an intermediate state ends nothing', () => {
    const receipt = read('id:1 stat:UNDELIV err:027', { fields: { esm_class: 0x20 } });
    assert.deepEqual([receipt?.state, receipt?.code], ['buffered', null]);
  });

  test('is never the text of a person, and never without an id or a state', () => {
    assert.equal(read('id:1 stat:DELIVRD err:000', { fields: { esm_class: 0 } }), null);
    for (const text of ['', 'id:1', 'stat:DELIVRD', 'id: stat:', 'id:1 stat:NONSENSE', ',,,']) {
      assert.equal(read(text), null, text);
    }
  });

  test('finds the answer whose id is the same number in hex or decimal', () => {
    const answered = (message_id: string) =>
      submittedRef(pduOf('submit_sm_resp', 1, { fields: { message_id } })) ?? '';
    const decimal = read('id:1343233884 stat:DELIVRD');
    assert.ok(decimal?.refs.includes(answered('50101F5C')));
    assert.ok(read('id:50101F5C stat:DELIVRD')?.refs.includes(answered('1343233884')));
    assert.ok(read('id:0000000042 stat:DELIVRD')?.refs.includes(answered('42')));
    const pdu = pduOf('deliver_sm', 1, RECEIPT);
    const by = (ids: 'same' | 'resp-hex' | 'resp-decimal', id: string) =>
      readReceipt(pdu, `id:${id} stat:DELIVRD`, ids)?.refs;
    assert.deepEqual(by('same', '10'), ['10']);
    assert.deepEqual(by('resp-hex', '10'), ['a']);
    assert.deepEqual(by('resp-decimal', '10'), ['16']);
    assert.equal(answered(' '), '');
    assert.equal(plainRef('000'), '0');
  });

  test('of any text is read or is none, in little time', () => {
    const words = fc.constantFrom('id:', 'stat:', ',', ' ', 'DELIVRD', 'err:', '9'.repeat(50), 'f');
    fc.assert(
      fc.property(fc.array(words, { maxLength: 2_000 }), (parts) => {
        const receipt = read(parts.join(''));
        assert.ok(!receipt || (receipt.refs.length <= 3 && receipt.detail.length <= 160));
      }),
    );
  });
});
