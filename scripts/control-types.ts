import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { controlInputOf, jsonSchemaOf } from '../src/describe/describe.ts';
import type { ControlEndpoint } from '../src/http/control-endpoint.ts';
import { ROUTES } from '../src/routes.ts';
import { comment, type JsonSchema, TypeWriter } from './typescript-of.ts';

/**
 * The types of the test kit that follow from the schemas of the control API. They are written into
 * the sources because the kit is published without zod.
 */

/** A step in a call's schema: a field, `[]` for the items of a list, `|` for the first choice. */
type Step = string;

export interface Place {
  readonly call: string;
  readonly side: 'takes' | 'answers';
  readonly steps: readonly Step[];
}

const takes = (call: string, ...steps: Step[]): Place => ({ call, side: 'takes', steps });
const answers = (call: string, ...steps: Step[]): Place => ({ call, side: 'answers', steps });

/** Each type comes after the types that it mentions, within its file and between files. */
export const TYPES: Readonly<Record<string, Readonly<Record<string, Place>>>> = {
  'control-types': {
    Permission: takes('ControlCreateConnectApp', 'permissions', '[]'),
    NewAccount: takes('ControlCreateAccount'),
    CreatedAccount: answers('ControlCreateAccount'),
    AccountFilter: takes('ControlListAccounts'),
    Account: answers('ControlUpgradeAccount'),
    NewConnectApp: takes('ControlCreateConnectApp'),
    ConnectApp: answers('ControlCreateConnectApp'),
    GrantOf: takes('ControlDeauthorize'),
    Consent: takes('ControlAuthorize'),
    Authorized: answers('ControlAuthorize'),
    Denied: answers('ControlDeny'),
    Deauthorized: answers('ControlDeauthorize'),
    NewRate: takes('ControlSetRate'),
    NewStock: takes('ControlImportNumbers'),
    StockImported: answers('ControlImportNumbers'),
    Rate: answers('ControlSetRate'),
    NewGrantLimit: takes('ControlLimitGrant'),
    GrantLimit: answers('ControlLimitGrant'),
    NewAccountLimits: takes('ControlLimitAccount'),
    Balance: answers('ControlLimitAccount'),
    NewCredit: takes('ControlCreditBalance'),
    Credit: answers('ControlFetchBalance', 'credits', '[]'),
    BalanceWithCredits: answers('ControlFetchBalance'),
    CreditedBalance: answers('ControlCreditBalance'),
    PlatformEvent: answers('ControlListPlatformAudit', 'events', '[]'),
  },
  'data-types': {
    NewPhoneNumber: takes('ControlCreatePhoneNumber'),
    PhoneNumber: answers('ControlCreatePhoneNumber'),
    NewMessagingService: takes('ControlCreateMessagingService'),
    MessagingService: answers('ControlCreateMessagingService'),
    UsageEvent: takes('ControlMeterUsage', '|'),
    Metered: answers('ControlMeterUsage'),
    InboundMessage: takes('ControlReceiveMessage'),
    Message: answers('ControlReceiveMessage'),
    InboundCall: takes('ControlReceiveCall'),
    Call: answers('ControlReceiveCall'),
  },
  'world-types': {
    DeliveryState: takes('ControlListDeliveries', 'state'),
    DeliveryFilter: takes('ControlListDeliveries'),
    DeliveryAttempt: answers('ControlReplayDelivery', 'attempts', '[]'),
    Delivery: answers('ControlReplayDelivery'),
    RouteWanted: takes('ControlRouteCalls'),
    RouteShare: answers('ControlRouteCalls', 'targets', '[]'),
    TargetsOf: takes('ControlListTargets'),
    PolicyExport: takes('ControlExportPolicy'),
    ExportedPolicy: answers('ControlExportPolicy'),
    TargetState: answers('ControlListTargets', 'targets', '[]'),
    CarriedMessage: answers('ControlFetchMessage'),
    CarrierState: answers('ControlListCarriers', 'carriers', '[]'),
    ClockMove: takes('ControlMoveClock'),
    ClockMoved: answers('ControlMoveClock'),
    Clock: answers('ControlFetchClock'),
    NewSnapshot: takes('ControlKeepSnapshot'),
    Snapshot: answers('ControlKeepSnapshot'),
    FaultMethod: takes('ControlCreateFault', 'match', '|', 'method'),
    NewFault: takes('ControlCreateFault'),
    Fault: answers('ControlCreateFault'),
  },
};

const FOLDER = 'src/testing';
const HEADER =
  '/** Generated from the schemas of the control API by `npm run control-types`. */\n\n';

/** The text of each generated file, by its path. */
export function controlTypes(): ReadonlyMap<string, string> {
  const writer = new TypeWriter();
  const files = new Map<string, string>();
  for (const [name, types] of Object.entries(TYPES)) {
    const path = `${FOLDER}/${name}.ts`;
    const declared = Object.entries(types).map(([type, place]) =>
      writer.declare(type, schemaAt(place), docOf(place)),
    );
    files.set(path, formatted(path, `${HEADER}${importsOf(declared, name)}${declared.join('\n')}`));
  }
  const path = `${FOLDER}/control-calls.ts`;
  files.set(path, formatted(path, callsFile(writer)));
  return files;
}

export function writeControlTypes(): void {
  for (const [path, text] of controlTypes()) writeFileSync(path, text);
}

/** The table of all calls: their types, methods and paths. */
function callsFile(writer: TypeWriter): string {
  const types = ROUTES.control.map((endpoint) => {
    const [taken, answered] = [inputOf(endpoint), outputOf(endpoint)].map((schema) =>
      schema ? writer.typeOf(schema) : 'undefined',
    );
    const doc = comment(endpoint.summary);
    return `${doc}readonly ${endpoint.id}: { readonly takes: ${taken}; readonly answers: ${answered} };`;
  });
  const routes = ROUTES.control.map(
    ({ id, method, path }) => `${id}: ['${method}', '${path.replace('/_tieline', '')}'],`,
  );
  const table = `/** The calls of the control API. */\nexport interface ControlCalls {\n${types.join('\n')}\n}\n`;
  const sent =
    '/** The method of each call, and its path below `/_tieline`. */\n' +
    `export const CONTROL_ROUTES = {\n${routes.join('\n')}\n} as const;\n`;
  return `${HEADER}${importsOf(types, 'control-calls')}${table}\n${sent}`;
}

/** Imports of the types that a file mentions and does not declare. */
function importsOf(texts: readonly string[], file: string): string {
  const code = texts.join('\n').replaceAll(/\/\*\*.*?\*\//g, '');
  const imports = Object.entries(TYPES).flatMap(([name, types]) => {
    const used = Object.keys(types).filter((type) => new RegExp(`: [^;]*\\b${type}\\b`).test(code));
    if (name === file || used.length === 0) return [];
    return [`import type { ${used.toSorted().join(', ')} } from './${name}.ts';\n`];
  });
  return imports.length === 0 ? '' : `${imports.join('')}\n`;
}

export function docOf({ call, side, steps }: Place): string | undefined {
  if (steps.length > 0) return undefined;
  const { summary } = endpointOf(call);
  const begun = `${summary.charAt(0).toLowerCase()}${summary.slice(1)}`;
  return side === 'takes' ? `The input of \`${call}\`: ${begun}` : `The answer of \`${call}\``;
}

function endpointOf(call: string): ControlEndpoint {
  const endpoint = ROUTES.control.find(({ id }) => id === call);
  if (!endpoint) throw new Error(`there is no call ${call}`);
  return endpoint;
}

export function inputOf(endpoint: ControlEndpoint): JsonSchema | null {
  const { body, query } = controlInputOf(endpoint);
  if (query.length === 0) return body;
  return {
    type: 'object',
    properties: Object.fromEntries(query.map(({ name, schema }) => [name, schema])),
    required: query.filter(({ required }) => required).map(({ name }) => name),
  };
}

export function outputOf({ output }: ControlEndpoint): JsonSchema | null {
  return output && jsonSchemaOf(output, { unrepresentable: 'any' });
}

export function schemaAt({ call, side, steps }: Place): JsonSchema {
  const endpoint = endpointOf(call);
  let schema = side === 'takes' ? inputOf(endpoint) : outputOf(endpoint);
  for (const step of steps) {
    if (step === '[]') schema = schema?.items ?? null;
    else if (step === '|') schema = firstObject(schema);
    else schema = schema?.properties?.[step] ?? null;
  }
  if (!schema) throw new Error(`${call} has nothing at ${steps.join('.')}`);
  return schema;
}

/** The first choice that has fields. */
function firstObject(schema: JsonSchema | null): JsonSchema | null {
  return schema?.anyOf?.find(({ properties }) => properties) ?? null;
}

function formatted(path: string, text: string): string {
  const args = ['format', `--stdin-file-path=${path}`];
  return execFileSync('node_modules/.bin/biome', args, { input: text, encoding: 'utf8' });
}
