import { readSipUri, type SipUri, writeHost, writeSipUri } from '../carriers/sip/uri.ts';
import type { ConnectionPolicy, Target } from './connection-policy.ts';

/** The programs whose form a policy can be written in. */
export const EXPORT_FORMATS = ['kamailio', 'opensips', 'jambonz'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

type Policy = Pick<ConnectionPolicy, 'sid' | 'friendly_name'>;
type Exported = Pick<Target, 'sid' | 'target' | 'priority' | 'weight' | 'enabled'>;

/** Parameters that choose a place of Twilio: docs/contract/voice.md, "Calls over SIP". */
const PLACES = new Set(['edge', 'region']);
/** Kamailio's largest `rweight`. */
const MAX_RWEIGHT = 100;
/** Kamailio's flag for a destination that its administrator disabled. */
const KAMAILIO_DISABLED = 4;
/** OpenSIPS: the column `gwlist` and the state of what is disabled for good. */
const MAX_GWLIST = 255;
const OPENSIPS_DISABLED = 1;
/** OpenSIPS asks a gateway all the time, not only while it is down. */
const PROBE_ALWAYS = 2;
/** The last digits of a SID, which keep the lists of OpenSIPS short. */
const SHORT_SID = 8;
const PORTS: Readonly<Record<string, number>> = { tls: 5061 };
const DEFAULT_PORT = 5060;

/**
 * Writes a policy in the form of another program, so that this program can route its calls.
 * @param targets those of the policy; disabled ones are written as disabled
 */
export function exportPolicy(
  format: ExportFormat,
  policy: Policy,
  targets: readonly Exported[],
): string {
  const ordered = targets.toSorted((a, b) => a.priority - b.priority || b.weight - a.weight);
  const groups = [...Map.groupBy(ordered, ({ priority }) => priority).values()];
  return WRITERS[format](policy, groups);
}

/** @param groups the targets of each priority, the lowest number first */
type Writer = (policy: Policy, groups: readonly (readonly Exported[])[]) => string;

const WRITERS: Readonly<Record<ExportFormat, Writer>> = {
  kamailio: writeKamailio,
  opensips: writeOpensips,
  jambonz: writeJambonz,
};

/** A list for the module `dispatcher`: one set for each priority, with weights for its algorithm 11. */
function writeKamailio(policy: Policy, groups: readonly (readonly Exported[])[]): string {
  const lines = groups.flatMap((group, index) => {
    const heaviest = Math.max(...group.map(({ weight }) => weight));
    const scale = heaviest > MAX_RWEIGHT ? MAX_RWEIGHT / heaviest : 1;
    return [
      `# Set ${index + 1}: priority ${group[0]?.priority}`,
      ...group.map(({ target, weight, enabled }) => {
        const rweight = Math.max(1, Math.round(weight * scale));
        const flags = enabled === 1 ? 0 : KAMAILIO_DISABLED;
        return `${index + 1} ${addressOf(target)} ${flags} 0 rweight=${rweight}`;
      }),
    ];
  });
  return `${[`# Connection policy ${policy.sid}. Try the sets in their order.`, ...lines].join('\n')}\n`;
}

/** Rows for the module `drouting`: one carrier for each priority, with weights, and one rule. */
function writeOpensips({ sid }: Policy, groups: readonly (readonly Exported[])[]): string {
  const short = sid.slice(-SHORT_SID);
  const rows = [`-- Connection policy ${sid}`];
  const carriers: string[] = [];
  let count = 0;
  for (const group of groups) {
    const weighed: string[] = [];
    for (const { sid: target_sid, target, weight, enabled } of group) {
      const name = `${short}-${(count += 1)}`;
      const state = enabled === 1 ? 0 : OPENSIPS_DISABLED;
      weighed.push(`${name}=${weight}`);
      rows.push(
        'INSERT INTO dr_gateways (gwid, type, address, strip, probe_mode, state, description) VALUES ' +
          `('${name}', 0, ${quoted(addressOf(target))}, 0, ${PROBE_ALWAYS}, ${state}, '${target_sid}');`,
      );
    }
    const carrier = `${short}-p${group[0]?.priority}`;
    carriers.push(`#${carrier}`);
    rows.push(
      ...longList(weighed),
      'INSERT INTO dr_carriers (carrierid, gwlist, flags, sort_alg, state, description) VALUES ' +
        `('${carrier}', '${weighed.join(',')}', 0, 'W', 0, '${sid}');`,
    );
  }
  if (carriers.length > 0) {
    rows.push(
      ...longList(carriers),
      'INSERT INTO dr_rules (groupid, prefix, priority, gwlist, sort_alg, description) VALUES ' +
        `('0', '', 0, '${carriers.join(',')}', 'N', '${sid}');`,
    );
  }
  return `${rows.join('\n')}\n`;
}

/** A remark above a row that OpenSIPS' own column would cut off. */
function longList(names: readonly string[]): string[] {
  const { length } = names.join(',');
  if (length <= MAX_GWLIST) return [];
  return [`-- The next list has ${length} characters. Make the column gwlist longer first.`];
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** Bodies for the REST API: a carrier with one gateway for each target, and their shares of calls. */
function writeJambonz(policy: Policy, groups: readonly (readonly Exported[])[]): string {
  const all = groups.flat();
  const voip_carriers = all.map(({ sid: name, target, enabled }) => {
    const { host, port, parameters } = readSipUri(target);
    const protocol = parameters.get('transport')?.toLowerCase() ?? 'udp';
    const gateway = {
      ipv4: writeHost(host, null),
      port: port ?? PORTS[protocol] ?? DEFAULT_PORT,
      netmask: 32,
      protocol,
      inbound: false,
      outbound: true,
      is_active: enabled === 1,
    };
    const is_active = enabled === 1;
    return { name, e164_leading_plus: true, is_active, sip_gateways: [gateway] };
  });
  const entries = all.map(({ sid: carrier, priority, weight: workload }) => ({
    carrier,
    priority,
    workload,
  }));
  const routes = [{ regex: '.*', priority: 0, lcr_carrier_set_entries: entries }];
  const lcr = { name: policy.sid, lcr_routes: routes };
  return `${JSON.stringify({ voip_carriers, lcr }, null, 2)}\n`;
}

/** A target without what only Twilio reads. */
function addressOf(target: string): string {
  const uri: SipUri = readSipUri(target);
  const parameters = new Map([...uri.parameters].filter(([name]) => !PLACES.has(name)));
  return writeSipUri({ ...uri, password: null, headers: '', parameters });
}
