import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { LookupError } from '../kit/resolve.ts';
import { causeOfFailure, TimedOut } from './failure.ts';

const failed = (code: string) => Object.assign(new Error('failed'), { code });

suite('a failure', () => {
  test('is recognised by its code', () => {
    const cases = {
      ERR_TLS_CERT_ALTNAME_INVALID: 'certificate-name',
      CERT_HAS_EXPIRED: 'certificate-expired',
      CERT_NOT_YET_VALID: 'handshake',
      DEPTH_ZERO_SELF_SIGNED_CERT: 'certificate-path',
      SELF_SIGNED_CERT_IN_CHAIN: 'certificate-path',
      UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'certificate-path',
      ERR_SSL_WRONG_VERSION_NUMBER: 'handshake',
      EPROTO: 'handshake',
      HPE_INVALID_CONSTANT: 'protocol',
      UND_ERR_HEADERS_OVERFLOW: 'protocol',
      ECONNREFUSED: null,
      ECONNRESET: null,
      ETIMEDOUT: null,
    };
    for (const [code, cause] of Object.entries(cases)) {
      assert.equal(causeOfFailure(failed(code)), cause, code);
    }
    assert.equal(
      causeOfFailure(new LookupError('The name is unknown.', { is_definite: true })),
      'bad-name',
    );
    assert.equal(causeOfFailure(new TimedOut('connect', 5_000)), null);
    assert.equal(causeOfFailure('nothing'), null);
  });
});
