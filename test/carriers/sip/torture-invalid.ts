import { request, response, SDP, sdp, type Torture } from './sip-text.ts';

/** RFC 4475 §3.1.2: messages that break the grammar. */
export const INVALID: readonly Torture[] = [
  {
    is: '3.1.2.1: separators without values in Via and Contact',
    octets: request({
      with: { Via: 'SIP/2.0/UDP 192.0.2.15;;,;,,', Contact: '"Joe" <sip:joe@example.org>;;;;' },
    }),
    fate: /^A parameter of Via is missing/,
  },
  {
    is: '3.1.2.2: Content-Length above the body',
    octets: request({ with: { ...sdp, 'Content-Length': '9999' }, body: SDP }),
    fate: /^The body is shorter than Content-Length/,
  },
  {
    is: '3.1.2.3: a negative Content-Length',
    octets: request({ with: { ...sdp, 'Content-Length': '-999' }, body: SDP }),
    fate: /^Content-Length is not a whole number/,
  },
  {
    is: '3.1.2.4: overlarge numbers in a request',
    octets: request({ with: { CSeq: '36893488147419103232 INVITE', 'Max-Forwards': '300' } }),
    fate: /^The number in CSeq is above 2147483647/,
  },
  {
    is: '3.1.2.5: overlarge numbers in an answer',
    octets: response('SIP/2.0 503 Service Unavailable', {
      with: { CSeq: '9292394834772304023312 OPTIONS' },
    }),
    fate: /^The number in CSeq is above/,
  },
  {
    is: '3.1.2.6: a quoted name without its end',
    octets: request({ with: { To: '"Mr. J. User <sip:j.user@example.com>' } }),
    fate: /^To has a quoted string without its end/,
  },
  {
    is: '3.1.2.7: brackets around the Request-URI',
    octets: request({ start: 'INVITE <sip:user@example.com> SIP/2.0' }),
    fate: /^The Request-URI has brackets/,
  },
  {
    is: '3.1.2.8: a space within the Request-URI',
    octets: request({ start: 'INVITE sip:user@example.com; lr SIP/2.0' }),
    fate: /^The request line has not three parts/,
  },
  {
    is: '3.1.2.9: several spaces in the request line',
    octets: request({ start: 'INVITE  sip:user@example.com  SIP/2.0' }),
    fate: /^The request line has not three parts/,
  },
  {
    is: '3.1.2.10: spaces at the end of the request line',
    octets: request({ method: 'OPTIONS', start: 'OPTIONS sip:remote@example.com SIP/2.0  ' }),
    fate: /^The request line has not three parts/,
  },
  {
    is: '3.1.2.11: headers within the Request-URI',
    octets: request({ uri: 'sip:user@example.com?Route=%3Csip:example.com%3E' }),
    fate: 400,
  },
  {
    is: '3.1.2.12: a date in a zone that SIP does not have; a user agent has no use for it',
    octets: request({ more: ['Date: Fri, 01 Jan 2010 16:00:00 EST'] }),
    fate: 'accepted',
  },
  {
    is: '3.1.2.13: an address with headers, without brackets',
    octets: request({ with: { Contact: 'sip:user@example.com?Route=%3Csip:sip.example.com%3E' } }),
    fate: /^Contact has an address with "\?" that needs brackets/,
  },
  {
    is: '3.1.2.14: spaces within an address',
    octets: request({ with: { To: '"Watson, Thomas" < sip:t.watson@example.org >' } }),
    fate: /^The address in To has a character/,
  },
  {
    is: '3.1.2.15: a display name with a comma and without quotes',
    octets: request({ with: { From: 'Bell, Alexander <sip:a.g.bell@example.com>;tag=43' } }),
    fate: /^From has no address/,
  },
  {
    is: '3.1.2.16: a version of the future',
    octets: request({ method: 'OPTIONS', start: 'OPTIONS sip:t.watson@example.org SIP/7.0' }),
    fate: /^The version is not SIP\/2\.0/,
  },
  {
    is: '3.1.2.17: another method in CSeq',
    octets: request({ method: 'OPTIONS', with: { CSeq: '8 INVITE' } }),
    fate: /^The method in CSeq is not that of the request/,
  },
  {
    is: '3.1.2.18: an unknown method, and another one in CSeq',
    octets: request({ method: 'NEWMETHOD', with: { CSeq: '8 INVITE' } }),
    fate: /^The method in CSeq is not that of the request/,
  },
  {
    is: '3.1.2.19: an overlarge status',
    octets: response('SIP/2.0 4294967301 better not break the receiver'),
    fate: /^The status is not from 100 to 699/,
  },
];
