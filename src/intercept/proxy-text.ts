import { createHash, X509Certificate } from 'node:crypto';
import { CUSTOMER_EMAIL } from '../control/world-names.ts';
import type { RunningServer } from '../main.ts';
import type { Intercepting } from './start-intercepting.ts';

/** The report on a running proxy, for tools: its address, and the variables for programs. */
export interface ProxyReport {
  readonly proxy: string;
  readonly origin: string;
  readonly ca_file: string | null;
  readonly trust_folder: string;
  /**
   * The digest of the certificate's public key. An option of Chromium accepts certificates by it.
   */
  readonly spki: string;
  readonly consent: ConsentPage | null;
  readonly variables: Readonly<Record<string, string>>;
}

/** The page behind a Connect button, for a first look in a browser, with a login for it. */
interface ConsentPage {
  readonly url: string;
  /** The account of the person who signs in. */
  readonly account_sid: string;
  readonly email: string;
  readonly password: string;
}

/** Makes the report on a running proxy. */
export async function reportOn(intercepting: Intercepting): Promise<ProxyReport> {
  const { origin, proxy_url, trust, authority, variables, ready } = intercepting;
  const { publicKey } = new X509Certificate(authority.leaf.certificate);
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  return {
    proxy: proxy_url,
    origin,
    ca_file: authority.file,
    trust_folder: trust.folder,
    spki: createHash('sha256').update(spki).digest('base64'),
    consent: await consentPage(await ready),
    variables,
  };
}

/** The consent page of the example app; null when the data has none. */
async function consentPage({ app, world }: RunningServer): Promise<ConsentPage | null> {
  if (!world) return null;
  const { worldPassword } = await import('../control/first-world.ts');
  const { connect_app_sid, customer_account_sid: account_sid } = world;
  const url = `https://www.twilio.com/authorize/${connect_app_sid}`;
  return { url, account_sid, email: CUSTOMER_EMAIL, password: worldPassword(app) };
}

/** The report for people: lines that a shell can run, and comments behind `#`. */
export function shellText(report: ProxyReport): string {
  const { proxy, trust_folder, ca_file, spki, variables, consent } = report;
  const names = Object.keys(variables);
  const inContainer = Object.entries(variables).filter(([, value]) => value.includes('127.0.0.1:'));
  return `# Tieline stands in for Twilio until Ctrl-C. In the shell of your program:
${Object.entries(variables).map(exportLine).join('\n')}

# In a container on Linux, from that shell:
#   docker run --network host -v ${trust_folder}:${trust_folder}:ro \\
#     ${names.map((name) => `-e ${name}`).join(' ')} IMAGE
# Docker Desktop reaches this machine as host.docker.internal: there, without --network host, with that
# in the place of 127.0.0.1 and localhost in ${[...inContainer.map(([name]) => name), 'TIELINE_URL'].join(', ')},
# JAVA_TOOL_OPTIONS, and as one more host in NO_PROXY and no_proxy. The control API at TIELINE_URL then
# wants TIELINE_ADMIN_TOKEN, to be set for this proxy.

# In Chromium, with a profile of its own:
#   chromium --user-data-dir=/tmp/tieline-profile --proxy-server=${withoutCredentials(proxy)} \\
#     --ignore-certificate-errors-spki-list=${spki}
# In Firefox, with a profile of its own (firefox -P): set ${proxy} as the proxy for
# HTTP and HTTPS, and import ${ca_file ?? `${trust_folder}/NODE_EXTRA_CA_CERTS.pem`} as an authority for websites.
${consent ? signInText(consent) : ''}`;
}

/**
 * Chromium accepts no credentials in a proxy address. It asks for them; on Linux its user needs
 * none.
 */
function withoutCredentials(proxy: string): string {
  return proxy.replace(/\/\/[^@]*@/, '//');
}

function signInText({ url, account_sid, email, password }: ConsentPage): string {
  return `# There, the page behind a Connect button, where ${email} signs in with
# the password ${password}:
#   ${url}
# and authorises it for the customer account ${account_sid}.
`;
}

function exportLine([name, value]: readonly [string, string]): string {
  return `export ${name}='${value.replaceAll("'", String.raw`'\''`)}'`;
}
