import { request, response, SDP, sdp, type Torture } from './sip-text.ts';
import { INVALID } from './torture-invalid.ts';

const VALID: Torture[] = [
  {
    is: '3.1.1.1: folded lines, compact names, spaces and empty values everywhere',
    octets: request({
      with: {
        Via: null,
        To: null,
        From: null,
        'Call-ID': null,
        CSeq: null,
        'Max-Forwards': ' 0068 ',
        Contact: null,
      },
      more: [
        'TO :\r\n sip:someone@shop.example ;   tag    = 42x',
        'f: "J Doe \\\\\\""       <sip:jd@shop.example>\r\n  ;\r\n  tag = 98asjd8',
        'cALL-iD: a.message.0ha0isndaksdj@192.0.2.1',
        'cseq: 0009\r\n  INVITE',
        'Via  : SIP  /   2.0\r\n /UDP\r\n    192.0.2.2;branch=390skdjuw',
        's :',
        'NewHeader:   a value\r\n continued\r\n\tagain',
        'Odd:  ;;,,;;,;',
        'v:  SIP  / 2.0  / TCP     other.example   ;\r\n  branch  =   z9hG4bK9ikj8  ,\r\n SIP  /    2.0   / UDP  192.168.255.111   ; branch=\r\n z9hG4bK30239',
        'm:"Quoted \\"name\\"" <sip:jd@shop.example> ; newparam =\r\n       newvalue ;\r\n  q = 0.33',
      ],
    }),
    fate: 'accepted',
  },
  {
    is: '3.1.1.2: every character that a method, a user and a quoted string may have',
    octets: request({
      method: "!odd-Method0123456789_*+`.%indeed'~",
      uri: "sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com",
      with: {
        To: '"BEL:\\\u0007 NUL:\\\u0000 DEL:\\\u007F" <sip:1_unusual.URI@example.com>',
        From: "token1~` token2'+_ token3*%!.- <sip:mundane@example.com>;fromParam''~+*_!.-%=\"работающий\";tag=_token~1'+`*%!-.",
      },
    }),
    fate: 501,
  },
  {
    is: '3.1.1.3: escaped characters in the user of an address',
    octets: request({ uri: 'sip:sips%3Auser%40example.com@example.net' }),
    fate: 'accepted',
  },
  {
    is: '3.1.1.4: an escaped NUL in a user',
    octets: request({ with: { To: '<sip:null-%00-null@example.com>' } }),
    fate: 'accepted',
  },
  {
    is: '3.1.1.5: percent signs that are no escapes in a method and a display name',
    octets: request({
      method: 'RE%47IST%45R',
      with: { To: '"%Z%45" <sip:resource@example.com>' },
    }),
    fate: 501,
  },
  {
    is: '3.1.1.6: no space between a display name and its bracket',
    octets: request({
      with: { To: '"Watson"<sip:w@example.com>', From: 'Bell<sip:b@a.example>;tag=1' },
    }),
    fate: 'accepted',
  },
  {
    is: '3.1.1.7: long values and many hops',
    octets: request({
      with: { To: `"I have a ${'very '.repeat(100)}long name"<sip:user@example.com>` },
      more: [
        `Via: ${Array.from({ length: 34 }, (_, n) => `SIP/2.0/TCP sip${n}.example.com`).join(', ')}`,
        `Unknown-${'long'.repeat(20)}-Name: unknown-${'long'.repeat(40)}-value`,
      ],
    }),
    fate: 'accepted',
  },
  {
    is: '3.1.1.8: a second request behind the end of the first one in a datagram',
    octets: request({
      method: 'OPTIONS',
      with: { 'Content-Length': '0' },
      body: request().toString(),
    }),
    fate: 'accepted',
  },
  {
    is: '3.1.1.9: a semicolon within the user of an address',
    octets: request({ method: 'OPTIONS', uri: 'sip:user;par=u%40example.net@example.com' }),
    fate: 'accepted',
  },
  {
    is: '3.1.1.10: transports that nobody has',
    octets: request({
      method: 'OPTIONS',
      with: { Via: 'SIP/2.0/UDP t1.example.com;branch=z9hG4bKkdjuw' },
      more: ['Via: SIP/2.0/SCTP t2.example.com', 'Via: SIP/2.0/UNKNOWN t5.example.com'],
    }),
    fate: 'accepted',
  },
  {
    is: '3.1.1.11: a body in parts, which a user agent without multipart refuses',
    octets: request({
      with: { 'Content-Type': 'multipart/mixed;boundary=7a9' },
      body: '--7a9\r\nContent-Type: text/plain\r\n\r\nHello\r\n--7a9--\r\n',
    }),
    fate: 415,
  },
  {
    is: '3.1.1.12: a phrase of letters beyond ASCII',
    octets: response('SIP/2.0 200 = 2**3 * 5**2 но сто девяносто девять - простое'),
    fate: 'accepted',
  },
  { is: '3.1.1.13: an empty phrase', octets: response('SIP/2.0 100 '), fate: 'accepted' },
];

const SEMANTIC: Torture[] = [
  {
    is: '3.2.1: a branch that is nothing but the magic cookie',
    octets: request({ method: 'OPTIONS', with: { Via: 'SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK' } }),
    fate: 'accepted',
  },
  {
    is: '3.3.1: no Call-ID, From and To',
    octets: request({ with: { 'Call-ID': null, From: null, To: null } }),
    fate: /^from is missing/,
  },
  {
    is: '3.3.2: an unknown scheme in the Request-URI',
    octets: request({ uri: 'nobodyKnowsThisScheme:totallyopaquecontent' }),
    fate: 416,
  },
  {
    is: '3.3.3: a known scheme of no phone',
    octets: request({ uri: 'soap.beep://192.0.2.103:3002' }),
    fate: 416,
  },
  {
    is: '3.3.4: unknown schemes in other fields',
    octets: request({
      method: 'OPTIONS',
      with: { To: '<isbn:2983792873>', From: '<http://www.example.com>;tag=3' },
    }),
    fate: 'accepted',
  },
  {
    is: '3.3.5: extensions that nobody has',
    octets: request({
      method: 'OPTIONS',
      more: [
        'Proxy-Require: noProxiesSupportThis, norDoAnyProxiesSupportThis',
        'Require: nothingSupportsThis',
      ],
    }),
    fate: 420,
  },
  {
    is: '3.3.6: a body of an unknown type',
    octets: request({ with: { 'Content-Type': 'application/unknownformat' }, body: '<audio/>' }),
    fate: 415,
  },
  {
    is: '3.3.7: credentials of an unknown scheme',
    octets: request({
      method: 'OPTIONS',
      more: ['Authorization: NoOneKnowsThisScheme opaque-data=here'],
    }),
    fate: 'accepted',
  },
  {
    is: '3.3.8: single fields that come twice',
    octets: request({ more: ['CSeq: 8 INVITE', 'f: <sip:other@example.com>;tag=2'] }),
    fate: /^from comes more than once/,
  },
  {
    is: '3.3.9: two lengths',
    octets: request({ more: ['Content-Length: 13', 'l: 5'], body: 'thirteen here' }),
    fate: /^content-length comes more than once/,
  },
  {
    is: '3.3.10: an answer whose Via names a broadcast address',
    octets: response('SIP/2.0 200 OK', {
      with: { Via: 'SIP/2.0/UDP 192.0.2.255;branch=z9hG4bK1' },
    }),
    fate: 'accepted',
  },
  {
    is: '3.3.11: no hops left, at the end of the way',
    octets: request({ method: 'OPTIONS', with: { 'Max-Forwards': '0' } }),
    fate: 'accepted',
  },
  {
    is: '3.3.12: parameters of the field behind an address without brackets',
    octets: request({ with: { Contact: 'sip:+19725552222@gw1.example.net;unknownparam' } }),
    fate: 'accepted',
  },
  {
    is: '3.3.13: a parameter of the address within brackets',
    octets: request({ with: { Contact: '<sip:+19725552222@gw1.example.net;unknownparam>' } }),
    fate: 'accepted',
  },
  {
    is: '3.3.14: escaped headers in a Contact with brackets',
    octets: request({
      with: { Contact: '<sip:user@example.com?Route=%3Csip:sip.example.com%3E>' },
    }),
    fate: 'accepted',
  },
  {
    is: '3.3.15: an Accept that SDP is not in',
    octets: request({ with: sdp, more: ['Accept: text/nobodyKnowsThis'], body: SDP }),
    fate: 406,
  },
  {
    is: '3.4.1: a request of RFC 2543, without branch, tag and hops',
    octets: request({
      with: {
        Via: 'SIP/2.0/UDP iftgw.example.com',
        From: '<sip:caller@example.net>',
        'Max-Forwards': null,
        'Content-Type': 'application/sdp',
      },
      body: SDP,
    }),
    fate: 'accepted',
  },
];

export const TORTURE: readonly Torture[] = [...VALID, ...INVALID, ...SEMANTIC];
