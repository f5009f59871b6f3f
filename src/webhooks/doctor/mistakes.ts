/**
 * The usual mistakes in checking `X-Twilio-Signature` (docs/contract/webhooks.md, "Signatures"),
 * each with its sentence and its remedy.
 */
export const MISTAKES = {
  scheme: {
    says: 'The scheme differs: the request was signed for the other one of http and https',
    fix: 'Behind a proxy that ends TLS, take the scheme from X-Forwarded-Proto, or check the address that you configured.',
  },
  host: {
    says: 'The host differs from the one in the configured address',
    fix: 'Behind a proxy, take the host from X-Forwarded-Host, or check the address that you configured.',
  },
  'port-missing': {
    says: 'The port is missing',
    fix: 'Keep the port of the configured address in the URL that you check.',
  },
  'port-added': {
    says: 'The URL has a port that the configured address does not have',
    fix: "Leave out the port that your server listens on behind its proxy, and the scheme's own port.",
  },
  'port-changed': {
    says: 'The port differs from the one in the configured address',
    fix: 'Use the port of the configured address, not the one that your server listens on behind its proxy.',
  },
  slash: {
    says: 'The last slash of the path differs',
    fix: 'Check the path exactly as it was requested; do not add or remove its last slash.',
  },
  path: {
    says: 'The path differs: a proxy or a framework cut or changed it',
    fix: 'Check the path as it was requested, with the prefix that a proxy removes.',
  },
  'query-missing': {
    says: 'The query of the URL is missing',
    fix: 'Check the URL with everything after the question mark.',
  },
  'query-order': {
    says: 'The parameters of the query are in another order',
    fix: 'Take the query from the request as it came; do not sort it or build it again.',
  },
  'query-encoding': {
    says: 'The query was decoded, or encoded again',
    fix: 'Take the query from the request as it came, still encoded.',
  },
  'query-changed': {
    says: 'The query differs',
    fix: 'Take the query from the request as it came.',
  },
  'user-info': {
    says: 'The URL has a user name or a password, which is not signed',
    fix: 'Remove the part before the @ from the URL that you check.',
  },
  fragment: {
    says: 'The URL has a fragment (#…), which is not sent and not signed',
    fix: 'Remove everything from the # on.',
  },
  'query-in-parameters': {
    says: 'Parameters of the query were counted as parameters of the body',
    fix: 'Give the validator the parameters of the body only. The query is part of the URL already.',
  },
  'get-parameters': {
    says: 'The request was a GET: its parameters are in the URL, not in a body',
    fix: 'For a GET, check the whole URL with its query and no parameters.',
  },
  'body-hash': {
    says: 'The URL lacks bodySHA256, which covers the JSON body',
    fix: 'Check the URL with its query, and then the body against bodySHA256 (validateRequestWithBody in the SDK for Node).',
  },
  'json-as-parameters': {
    says: 'The fields of a JSON body were counted as parameters',
    fix: 'For a JSON body, check the URL alone, and then the raw body against bodySHA256.',
  },
  'json-changed': {
    says: 'The signature fits the URL, but the body is not the one that was sent',
    fix: 'Hash the raw bytes of the body, before a parser reads them and before anything writes them again.',
  },
  'plus-as-space': {
    says: 'A plus sign became a space',
    fix: 'Decode the form once: %2B is a plus sign, and + is a space.',
  },
  'space-as-plus': {
    says: 'A space became a plus sign',
    fix: 'Decode the form: + stands for a space in a form.',
  },
  'still-encoded': {
    says: 'The parameters are still encoded',
    fix: 'Decode the names and values of the form before they are checked.',
  },
  'line-ends': {
    says: 'The line ends were changed',
    fix: 'Keep line feeds and carriage returns as they came.',
  },
  trimmed: {
    says: 'White space at the end or the beginning of a value was removed',
    fix: 'Check the values before anything trims them.',
  },
  charset: {
    says: 'The body was read as Latin-1, but it is UTF-8',
    fix: 'Read the body as UTF-8.',
  },
  'empty-missing': {
    says: 'Parameters without a value were left out',
    fix: 'Give the validator every parameter, also empty ones.',
  },
  'parameters-missing': {
    says: 'Parameters are missing',
    fix: 'Give the validator every parameter of the body.',
  },
  'parameters-added': {
    says: 'There are parameters that were not sent',
    fix: 'Give the validator the parameters of the body as they came, before a framework adds its own.',
  },
  'parameters-changed': {
    says: 'The value of a parameter differs',
    fix: 'Give the validator the values as they came.',
  },
  token: {
    says: 'The request was signed with another token than the one that your code uses',
    fix: 'Use the token that this answer names. Requests to the addresses of a Connect app are signed with the primary token of its owner.',
  },
  unsorted: {
    says: 'Your code did not sort the parameters',
    fix: 'Sort the parameters by the bytes of their names before you join them.',
  },
  'sorted-by-letter': {
    says: 'Your code sorted the parameters without regard to upper and lower case',
    fix: 'Sort the names by their bytes: Z comes before a.',
  },
  'no-parameters': {
    says: 'Your code signed the URL only',
    fix: 'For a form, append the name and the value of each parameter, sorted by name.',
  },
  'raw-body': {
    says: 'Your code appended the body as it came',
    fix: 'Decode the form, sort it by name, and append each name and value without any sign between them.',
  },
  sha256: {
    says: 'Your code used SHA-256',
    fix: 'The signature is an HMAC with SHA-1. Only bodySHA256 is a SHA-256.',
  },
  hex: {
    says: 'Your code wrote the signature in hexadecimal digits',
    fix: 'Write the bytes of the HMAC in base64.',
  },
  base64url: {
    says: 'Your code wrote the signature in base64url',
    fix: 'Write it in plain base64, with +, / and the = at its end.',
  },
} as const;

/** The name of a mistake. */
export type Mistake = keyof typeof MISTAKES;

/** A value after something was put right, and the mistakes that this explains. */
export interface Variant<T> {
  readonly value: T;
  readonly mistakes: readonly Mistake[];
}
