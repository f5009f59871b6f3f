import { openApp } from '../../app.ts';
import { TRAFFIC, type Traffic } from '../../carriers/carrier-kind.ts';
import { choose } from '../../carriers/choose.ts';
import { NOTHING_COMES_IN, openCarrier, outsideOf } from '../../carriers/line-up.ts';
import type { Probe } from '../../carriers/message-carrier.ts';
import { readCarriers } from '../../carriers/read-carriers.ts';
import { type Config, ConfigError, type Options } from '../../config.ts';

export interface FileOptions extends Pick<Options, 'carriers' | 'production'> {
  readonly json?: boolean;
}

export interface ListOptions extends FileOptions {
  readonly check?: boolean;
}

export interface RouteOptions extends FileOptions {
  readonly to: string;
  readonly from?: string;
  readonly account?: string;
  readonly grant?: string;
}

type Row = Record<string, string | null>;

/** The carriers of the file; with `check`, what each answers when it is asked. */
export async function listCarriers(config: Config, { check = false }: ListOptions): Promise<Row[]> {
  const plan = readCarriers(config);
  const listed = [...plan.carriers.values()].map(({ name, kind, carries, numbers }) => ({
    name,
    kind,
    carries: carries.join(' '),
    numbers: String(numbers.length),
    routes: String(TRAFFIC.flatMap((traffic) => plan.routes[traffic]).filter(isBy(name)).length),
    default: TRAFFIC.filter((traffic) => plan.default[traffic].carrier === name).join(' '),
  }));
  if (!check) return listed;
  return Promise.all(
    listed.map(async (row) => {
      const { is_up, detail } = await testCarrier(config, row.name);
      return { ...row, health: is_up ? 'up' : 'down', detail };
    }),
  );
}

function isBy(name: string) {
  return ({ by }: { readonly by: string }) => by === name;
}

/** The carrier of a message and that of a call, each with the reason. */
export function routeOf(config: Config, { to, from, account, grant }: RouteOptions): Row[] {
  const plan = readCarriers(config);
  const wanted = (traffic: Traffic) => ({
    traffic,
    to,
    from: from ?? null,
    account_sid: account ?? null,
    root_sid: null,
    grant_sid: grant ?? null,
  });
  return TRAFFIC.map((traffic) => {
    const { carrier, because } = choose(plan, wanted(traffic));
    return { traffic, carrier: carrier ?? 'none', because };
  });
}

/** @throws ConfigError for a name that the file does not have */
export async function testCarrier(config: Config, name: string): Promise<Probe> {
  const plan = readCarriers(config);
  const planned = plan.carriers.get(name);
  if (!planned) {
    const names = [...plan.carriers.keys()].join(', ');
    throw new ConfigError(`There is no carrier ${name}; the file has ${names}.`);
  }
  // A carrier knows no tables, so it may be tested without the data of a server.
  const app = await openApp({ ...config, data: { engine: 'memory' } });
  try {
    // No server runs here, so only the public address is surely that of this platform.
    const home = { origin: config.publicUrl ?? '' };
    const carrier = openCarrier(planned, { ...outsideOf(app, NOTHING_COMES_IN), home });
    if (!carrier)
      return { is_up: true, detail: 'it is simulated, and nothing leaves this machine' };
    const probe = await carrier.probe();
    await carrier.stop();
    return probe;
  } finally {
    await app.close();
  }
}
