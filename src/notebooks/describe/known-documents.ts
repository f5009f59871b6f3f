/** The replacement for an old address that no longer works. */
export type WellKnown =
  | { readonly kind: 'chai'; readonly version: string | null }
  | { readonly kind: 'api'; readonly path: string };

/** The release of chai that comes with the product. */
const CHAI_VERSION = '1.9.0';
/** The path of the API's description on every Tieline server. */
const API_DESCRIPTION = '/raml/2010-04-01.raml';

const CHAI = [
  /^https:\/\/github\.com\/chaijs\/chai\/releases\/download\/v?([\d.]+)\/chai(?:\.min)?\.js$/,
  /^https:\/\/raw\.github(?:usercontent)?\.com\/chaijs\/chai\/v?([\d.]+)\/chai\.js$/,
  /^https?:\/\/cdnjs\.cloudflare\.com\/ajax\/libs\/chai\/([\d.]+)\/chai(?:\.min)?\.js$/,
  /^https?:\/\/(?:cdn\.jsdelivr\.net\/npm|unpkg\.com)\/chai@?([\d.]+)?(?:\/chai(?:\.min)?\.js)?$/,
  /^https?:\/\/chaijs\.com\/chai\.js()$/,
];
/** The path of this API's description on the platform for which the notebooks were written. */
const DESCRIPTION =
  /\/apiplatform\/repository\/public\/organizations\/\d+\/apis\/8031\/versions\/\d+\/(?:definition|files\/root)$/;
const PLACEHOLDER = /#REF_TAG_DEFENITION$/;

/** The replacement for an address in a notebook; null when the address itself is used. */
export function wellKnown(url: string): WellKnown | null {
  for (const pattern of CHAI) {
    const found = pattern.exec(url);
    if (found) return { kind: 'chai', version: found[1] || null };
  }
  if (PLACEHOLDER.test(url)) return { kind: 'api', path: API_DESCRIPTION };
  const parsed = URL.parse(url);
  if (parsed && DESCRIPTION.test(parsed.pathname)) return { kind: 'api', path: parsed.pathname };
  return null;
}

/** A notice that a different release of chai was loaded; null when the release is the same. */
export function substituted(version: string | null): string | null {
  if (version === CHAI_VERSION) return null;
  const asked = version === null ? 'chai' : `chai ${version}`;
  return `Tieline brings chai ${CHAI_VERSION}, which was loaded in place of ${asked}.`;
}
