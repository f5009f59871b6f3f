import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import type { Config } from '../config.ts';
import { ConfigError } from '../kit/config-error.ts';
import { TRAFFIC, type Traffic } from './carrier-kind.ts';
import { CARRIER_KINDS } from './carrier-kinds.ts';
import {
  type CarrierPlan,
  type Default,
  defaultOf,
  type PlannedCarrier,
  planWithoutFile,
  type Route,
  SIMULATED,
  THE_SIMULATED,
} from './carrier-plan.ts';
import { bySpecificity } from './choose.ts';
import { EMERGENCY_COUNTRIES, emergencyPlanOf } from './emergency.ts';
import { LIMIT_FIELDS } from './limit-fields.ts';
import { type SecretReader, secretReader } from './secret.ts';
import { SIP_DOMAINS } from './sip-domains.ts';

const MAX_FILE_BYTES = 1024 * 1024;
const MAX_CARRIERS = 100;
const MAX_ROUTES = 1_000;
const MAX_NUMBERS = 10_000;
const MAX_PREFIX = 40;
/** The most wrong values that are reported at once. */
const MAX_PROBLEMS = 20;

const KINDS = Object.keys(CARRIER_KINDS);

type Settings = Pick<Config, 'carriersFile' | 'environment' | 'mode'>;

/**
 * Reads the carriers and their routes from the operator's file.
 * @throws ConfigError with one sentence for each wrong value; the sentence begins with its place
 */
export function readCarriers({ carriersFile, environment, mode }: Settings): CarrierPlan {
  if (carriersFile === null) return planWithoutFile(mode);
  const path = resolve(carriersFile);
  const secret = secretReader(environment, dirname(path));
  const value = parse(carriersFile, textOf(path));
  const read = fileOf(secret).safeParse(value);
  if (!read.success) {
    throw wrong(
      carriersFile,
      read.error.issues.map((issue) => sentenceOf(issue)),
    );
  }
  return planOf(carriersFile, mode, read.data);
}

function textOf(path: string): string {
  try {
    const bytes = readFileSync(path);
    if (bytes.length <= MAX_FILE_BYTES) return bytes.toString('utf8');
  } catch (error) {
    const { code } = error as { code?: string };
    throw new ConfigError(`The carriers file ${path} cannot be read (${code}).`);
  }
  throw new ConfigError(`The carriers file ${path} is larger than 1 MiB.`);
}

function parse(file: string, text: string): unknown {
  const document = parseDocument(text, { prettyErrors: true });
  const [error] = document.errors;
  if (error) {
    const [line = ''] = error.message.split('\n');
    throw new ConfigError(`The carriers file ${file} is not YAML: ${line.replace(/:$/, '')}.`);
  }
  try {
    return document.toJS() ?? {};
  } catch (cause) {
    throw new ConfigError(`The carriers file ${file} is not YAML: ${(cause as Error).message}.`);
  }
}

const NAME = /^[a-z][a-z0-9-]{0,31}$/;
const NAME_RULE = 'must be named by small letters, digits and hyphens, beginning with a letter';
const E164 = /^\+[1-9]\d{1,14}$/;

const text = z.string({ error: 'must be a text in quotes' });
const prefix = text.max(MAX_PREFIX, `must have at most ${MAX_PREFIX} characters`);
const name = z.string({ error: 'must be the name of a carrier' });
const EMERGENCY_RULE = `must be a country of these: ${EMERGENCY_COUNTRIES.join(', ')}`;
const route = z.strictObject(
  {
    to: prefix.default(''),
    from: prefix.optional(),
    emergency: z.enum(EMERGENCY_COUNTRIES, { error: EMERGENCY_RULE }).optional(),
    account: text.regex(/^AC[0-9a-f]{32}$/, 'must be the SID of an account').optional(),
    grant: text.regex(/^GR[0-9a-f]{32}$/, 'must be the SID of a grant').optional(),
    by: name,
  },
  { error: fieldRule('must be a map such as { to: "+49", by: NAME }') },
);
const routeList = z
  .array(route, { error: 'must be a list of routes' })
  .max(MAX_ROUTES, `must hold at most ${MAX_ROUTES} routes`)
  .default([]);

/** The schema of one carrier. Its `kind` decides about the other fields. */
function carrierOf(secret: SecretReader) {
  const common = {
    numbers: z
      .array(text.regex(E164, 'must be a number as "+14155550100"'), {
        error: 'must be a list of numbers',
      })
      .max(MAX_NUMBERS, `must hold at most ${MAX_NUMBERS} numbers`)
      .default([]),
  };
  const options = KINDS.map((kind) =>
    (CARRIER_KINDS[kind]?.settings(secret) ?? z.strictObject({})).extend({
      kind: z.literal(kind),
      ...common,
    }),
  );
  return z
    .looseObject(
      { kind: z.enum(KINDS, { error: `must be one of ${KINDS.join(', ')}` }) },
      { error: 'must be a map with a kind' },
    )
    .transform((value, context) => {
      const schema = options[KINDS.indexOf(value.kind)];
      const read = schema?.safeParse(value);
      if (read?.success) return read.data;
      for (const issue of read?.error.issues ?? []) {
        context.addIssue({ ...issue, code: 'custom', message: ruleOf(issue), input: value });
      }
      return z.NEVER;
    });
}

function fileOf(secret: SecretReader) {
  return z.strictObject(
    {
      carriers: z
        .record(z.string().regex(NAME, NAME_RULE), carrierOf(secret), {
          error: 'must be a map of carriers by their names',
        })
        .refine(
          (carriers) => Object.keys(carriers).length <= MAX_CARRIERS,
          `must hold at most ${MAX_CARRIERS} carriers`,
        )
        .default({}),
      routes: z
        .strictObject(
          {
            calls: routeList,
            messages: routeList,
            default: z
              .union(
                [name, z.strictObject({ calls: name.optional(), messages: name.optional() })],
                {
                  error: 'must be the name of a carrier, or a map of calls and messages to names',
                },
              )
              .optional(),
          },
          { error: fieldRule('must be a map of calls, messages and default') },
        )
        .prefault({}),
      sip_domains: SIP_DOMAINS,
      limits: z
        .strictObject(LIMIT_FIELDS, { error: fieldRule('must be a map of limits') })
        .prefault({}),
    },
    { error: fieldRule('must be a map of carriers, routes, sip_domains and limits') },
  );
}

type File = z.output<ReturnType<typeof fileOf>>;

/** Checks the names in the routes, and puts the plan together. */
function planOf(
  file: string,
  mode: Config['mode'],
  { carriers, routes, sip_domains: domains, limits }: File,
): CarrierPlan {
  const planned = new Map<string, PlannedCarrier>([[SIMULATED, THE_SIMULATED]]);
  const problems: string[] = [];
  const links = new Map<string, string>();
  for (const [name, { kind, numbers, ...settings }] of Object.entries(carriers)) {
    if (name === SIMULATED && kind !== SIMULATED) {
      problems.push(`carriers.${name}.kind must be ${SIMULATED}, because the name says so`);
    }
    const { carries = [], check } = CARRIER_KINDS[kind] ?? {};
    const wrongField = check?.(settings);
    if (wrongField) problems.push(`carriers.${name}.${wrongField.field} ${wrongField.rule}`);
    planned.set(name, { name, kind, carries, settings, numbers });
    for (const [index, number] of numbers.entries()) {
      const other = links.get(number);
      if (other !== undefined) {
        problems.push(`carriers.${name}.numbers[${index}] must not be a number of ${other} too`);
      }
      links.set(number, name);
    }
  }
  const demand = (place: string, by: string, traffic: Traffic) => {
    const carrier = planned.get(by);
    if (!carrier) {
      problems.push(`${place} must name a carrier of this file, and ${quoted(by)} is none`);
    } else if (!carrier.carries.includes(traffic)) {
      problems.push(`${place} must name a carrier of ${traffic}, and ${by} carries none`);
    }
  };
  const listOf = (traffic: Traffic): Route[] =>
    routes[traffic].map(({ emergency, account = null, grant = null, by, ...ends }, index) => {
      const place = `routes.${traffic}[${index}]`;
      demand(`${place}.by`, by, traffic);
      const urgent = emergency === undefined ? null : urgentEnds(emergency, ends);
      if (urgent?.problem) problems.push(`${place}.${urgent.problem}`);
      const { to, from = null } = urgent ?? ends;
      return { place, to, from, emergency: urgent?.numbers ?? null, account, grant, by };
    });
  const listed = { calls: listOf('calls'), messages: listOf('messages') };
  const chosen = routes.default;
  if (typeof chosen === 'string' && !planned.has(chosen)) demand('routes.default', chosen, 'calls');
  const fallback = (traffic: Traffic): Default => {
    const by = typeof chosen === 'object' ? chosen[traffic] : chosen;
    if (typeof chosen === 'object' && by !== undefined) {
      demand(`routes.default.${traffic}`, by, traffic);
    }
    // One name stands for the traffic that its carrier carries.
    if (by === undefined || !planned.get(by)?.carries.includes(traffic)) return defaultOf(mode);
    return { carrier: by, because: 'routes.default, because no route fits' };
  };
  const defaults = { calls: fallback('calls'), messages: fallback('messages') };
  if (problems.length > 0) throw wrong(file, problems);
  const sorted = Object.fromEntries(
    TRAFFIC.map((traffic) => [traffic, listed[traffic].toSorted(bySpecificity)]),
  ) as Record<Traffic, Route[]>;
  const sip_domains = new Map(Object.entries(domains));
  const read = { file, carriers: planned, routes: sorted, default: defaults };
  return { ...read, sip_domains, links, limits };
}

/** The ends of a route for the emergency numbers of a country, which only its own numbers reach. */
function urgentEnds(country: string, { to, from }: Pick<z.output<typeof route>, 'to' | 'from'>) {
  const { calling, numbers } = emergencyPlanOf(country);
  const known = numbers.join(', ');
  const problem =
    to !== '' && !numbers.includes(to)
      ? `to must be an emergency number of ${country}, which are ${known}`
      : from?.startsWith(calling) === false
        ? `from must begin with "${calling}", because only numbers of ${country} reach its services`
        : null;
  return { to: '', from: from ?? calling, numbers: to === '' ? numbers : [to], problem };
}

function wrong(file: string, problems: readonly string[]): ConfigError {
  const shown = problems.slice(0, MAX_PROBLEMS).map((problem) => `  ${problem}.`);
  const rest = problems.length - shown.length;
  const more = rest > 0 ? [`  And ${rest} more.`] : [];
  return new ConfigError(
    [`The carriers file ${file} cannot be used:`, ...shown, ...more].join('\n'),
  );
}

function sentenceOf(issue: z.core.$ZodIssue): string {
  return `${placeOf(issue.path) || 'The file'} ${ruleOf(issue)}`;
}

/** `routes.messages[0].by`. */
function placeOf(path: readonly PropertyKey[]): string {
  const parts = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`));
  return parts.join('').replace(/^\./, '');
}

function ruleOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') {
    return `does not take ${issue.keys.map((key) => quoted(key)).join(', ')}`;
  }
  if (issue.code === 'invalid_key') return issue.issues[0]?.message ?? NAME_RULE;
  return issue.message;
}

/** The rule for a whole map. A key that it does not take has a sentence of its own. */
function fieldRule(rule: string) {
  return (issue: { readonly code?: string }) =>
    issue.code === 'unrecognized_keys' ? undefined : rule;
}

function quoted(text: string): string {
  return `"${text}"`;
}
