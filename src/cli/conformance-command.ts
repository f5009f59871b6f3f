import type { Command } from 'commander';
import { ConfigError } from '../config.ts';
import type { Conformance } from '../conformance/check-server.ts';
import type { Remote } from '../conformance/remote.ts';
import { hasUserInfo } from '../kit/user-info.ts';

interface ConformanceOptions {
  readonly against: string;
  readonly voice?: string;
  readonly accountSid?: string;
  readonly json?: boolean;
}

/** The status when nothing was compared: a wrong command, no answer, or refused credentials. */
const NOT_COMPARED = 2;
/** The status when the server's answers differ from the description. */
const DIFFERENT = 3;

/** `tieline conformance` */
export function addConformanceCommand(program: Command): void {
  program
    .command('conformance')
    .description("compare the answers of a Twilio-compatible server with this server's description")
    .requiredOption('--against <url>', 'the server, such as http://localhost:4010')
    .option('--voice <url>', 'the server of the voice API, if it is another one')
    .option('--account-sid <sid>', 'the account to read as (TWILIO_ACCOUNT_SID)')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nThe token comes from TWILIO_AUTH_TOKEN; with TWILIO_API_KEY and TWILIO_API_SECRET a key is used.\n' +
        'Only GET is sent: nothing is made, changed or removed. Exit status: 0 no difference,\n' +
        '2 nothing compared (wrong usage, no answer, wrong credentials), 3 differences.\n',
    )
    .action(async (options: ConformanceOptions) => {
      const remote = remoteOf(options, process.env);
      const { ROUTES } = await import('../routes.ts');
      const { checkServer } = await import('../conformance/check-server.ts');
      const { sendByFetch } = await import('../notebooks/run/node-host.ts');
      try {
        const found = await checkServer(ROUTES.endpoints, remote, sendByFetch);
        console.log(options.json ? JSON.stringify(found, null, 2) : reportOf(found, remote));
        if (found.differences.length > 0) process.exitCode = DIFFERENT;
      } catch (error) {
        const { name, message } = error as Error;
        if (name !== 'NetworkError' && name !== 'RefusedError') throw error;
        console.error(`tieline: ${message.replace('--base-url', '--against')}${adviceOn(message)}`);
        process.exitCode = NOT_COMPARED;
      }
    });
}

/** @throws ConfigError that names the missing or wrong option */
function remoteOf(options: ConformanceOptions, env: NodeJS.ProcessEnv): Remote {
  const api = urlOf(options.against, '--against');
  const account_sid = options.accountSid ?? env['TWILIO_ACCOUNT_SID'] ?? '';
  if (!/^AC[0-9a-fA-F]{32}$/.test(account_sid)) {
    throw new ConfigError(
      account_sid === ''
        ? 'Name the account to read as: set TWILIO_ACCOUNT_SID, or --account-sid.'
        : `"${account_sid}" is not an account SID, which is AC and 32 hexadecimal digits.`,
    );
  }
  const key = env['TWILIO_API_KEY'] ?? '';
  const password = key === '' ? env['TWILIO_AUTH_TOKEN'] : env['TWILIO_API_SECRET'];
  if (!password) {
    throw new ConfigError(
      `Set ${key === '' ? 'TWILIO_AUTH_TOKEN' : 'TWILIO_API_SECRET'}: without it nothing can be read.`,
    );
  }
  const voice = options.voice === undefined ? voiceOf(api) : urlOf(options.voice, '--voice');
  return { api, voice, account_sid, username: key === '' ? account_sid : key, password };
}

/** Advice for a server whose certificate is not trusted. */
function adviceOn(message: string): string {
  return /CERT|SELF_SIGNED|ISSUER/.test(message)
    ? ' Name the certificate of its authority in NODE_EXTRA_CA_CERTS, if you trust it.'
    : '';
}

/** The origin of the voice API, which is another host when the API's host is named `api.`. */
function voiceOf(api: string): string {
  return api.replace(/^(https?:\/\/)api\.((?:[a-z0-9-]+\.){0,2}twilio\.com)/i, '$1voice.$2');
}

function urlOf(text: string, flag: string): string {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new ConfigError(`${flag} must be an http or https URL, and is "${text}".`);
  }
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '' || hasUserInfo(url)) {
    throw new ConfigError(
      `${flag} must be a server alone, as ${url.origin}: paths are the API's, and credentials come from the environment.`,
    );
  }
  return url.origin;
}

function reportOf(
  { differences, checked, unchecked, requests }: Conformance,
  { api }: Remote,
): string {
  const lines = differences.map(({ request, problem }) => `${request}\n  ${problem}`);
  const left = unchecked.map(
    ({ operation, reason }) => `- ${operation} was not compared: ${reason}`,
  );
  const count = differences.length;
  const found =
    count === 0 ? 'No differences' : `${count} ${count === 1 ? 'difference' : 'differences'}`;
  const sum = `${found}: ${checked.length} operations of ${api} compared in ${requests} requests.`;
  return [...lines, ...left, sum].join('\n');
}
