import { isDeepStrictEqual } from 'node:util';
import type { App } from '../app.ts';
import { ConfigError } from '../kit/config-error.ts';
import { Slot } from '../kit/kept.ts';
import type { CarrierOutside } from './carrier-kind.ts';
import { CARRIER_KINDS } from './carrier-kinds.ts';
import type { CarrierPlan, PlannedCarrier } from './carrier-plan.ts';
import { planWithoutFile } from './carrier-plan.ts';
import { Media } from './media/media.ts';
import type {
  MessageCarrier,
  Inbound as MessagesIn,
  SimulatedMessages,
} from './message-carrier.ts';
import { readCarriers } from './read-carriers.ts';
import { SIMULATED_MESSAGES } from './simulated/simulated-messages.ts';
import type { InboundCalls, VoiceCarrier } from './voice-carrier.ts';

/** The product's side, which hears the carriers. */
type Inbound = MessagesIn & InboundCalls;

/** The carriers of this server. */
export interface LineUp {
  readonly plan: CarrierPlan;
  /** The carriers with a wire, open, by their names. */
  readonly wires: ReadonlyMap<string, MessageCarrier>;
  /** The carriers of calls with a wire, open, by their names. */
  readonly voices: ReadonlyMap<string, VoiceCarrier>;
  readonly simulated: SimulatedMessages;
  /** The product's side, which hears the carriers. */
  readonly inbound: Inbound;
}

/** The product's side of a carrier that is only tested. */
export const NOTHING_COMES_IN: Inbound = {
  receipt: async () => 'unknown',
  answer: async () => {},
  // The real server must hear it, so the carrier must send it again.
  message: async () => {
    throw new Error('a carrier that is only tested takes no messages');
  },
  media: async () => null,
  call: async () => 503,
};

const LINE_UP = new Slot<LineUp | null>(() => null);
const MEDIA = new Slot<Media | null>(() => null);

/** The carriers of this server. Without `openCarriers` there is only the simulated one. */
export function lineUpOf({ kept, config }: Pick<App, 'kept' | 'config'>): LineUp {
  const lineUp = kept.get(LINE_UP);
  if (lineUp) return lineUp;
  const plan = planWithoutFile(config.mode);
  const made = {
    plan,
    wires: new Map(),
    voices: new Map(),
    simulated: SIMULATED_MESSAGES,
    inbound: NOTHING_COMES_IN,
  };
  kept.set(LINE_UP, made);
  return made;
}

export function setLineUp({ kept }: Pick<App, 'kept'>, lineUp: LineUp): void {
  kept.set(LINE_UP, lineUp);
}

/**
 * Opens the carriers of the operator's file.
 * @throws ConfigError when the file cannot be used
 */
export function openCarriers(app: App, inbound: Inbound): void {
  const plan = readCarriers(app.config);
  const opened = new Map<string, MessageCarrier>();
  for (const carrier of plan.carriers.values()) openInto(opened, carrier, outsideOf(app, inbound));
  const voices = openVoices(plan, new Map(), outsideOf(app, inbound));
  setLineUp(app, { plan, wires: opened, voices, simulated: SIMULATED_MESSAGES, inbound });
}

/**
 * Reads the file again. Carriers that did not change stay open. One that is gone or changed takes no
 * more, and finishes the submissions under way. A carrier with a wire for calls keeps its settings
 * until the server stops, because its sockets hold calls. A file that cannot be used changes nothing.
 */
export function rereadCarriers(app: App, inbound: Inbound): void {
  const { log } = app;
  const before = lineUpOf(app);
  let plan: CarrierPlan;
  try {
    plan = readCarriers(app.config);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    log.error({ problem: error.message }, 'the carriers stay as they are');
    return;
  }
  const changes = changesOf(before.plan, plan);
  const wires = new Map<string, MessageCarrier>();
  for (const carrier of plan.carriers.values()) {
    const open = before.wires.get(carrier.name);
    if (open && !changes.changed.includes(carrier.name)) wires.set(carrier.name, open);
    else openInto(wires, carrier, outsideOf(app, inbound));
  }
  const voices = openVoices(plan, before.voices, outsideOf(app, inbound));
  setLineUp(app, { ...before, plan, wires, voices });
  for (const [name, wire] of before.wires) {
    if (wires.get(name) !== wire) void wire.stop();
  }
  log.info({ file: plan.file, ...changes }, 'the carriers were read again');
}

/** Takes the messages that the far sides could not bring. A carrier that fails is asked again later. */
export async function catchUp(app: App): Promise<void> {
  const { wires } = lineUpOf(app);
  await Promise.all(
    [...wires.values()].map(async (wire) => {
      try {
        await wire.catchUp?.();
      } catch (err) {
        app.log.warn({ err, carrier: wire.name }, 'missed messages could not be taken');
      }
    }),
  );
}

/** Closes every carrier of a closing server. */
export async function stopCarriers(app: App): Promise<void> {
  const { wires, voices } = lineUpOf(app);
  await Promise.all([...wires.values(), ...voices.values()].map((wire) => wire.stop()));
  await app.kept.get(MEDIA)?.stop();
}

export function outsideOf(app: App, inbound: Inbound): CarrierOutside {
  const { log, resolve, resolveService, resolveWays, now, realNow, randomBytes, home, config } =
    app;
  const { mode, publicUrl, webhookPorts, webhookNetworks } = config;
  const policy = { mode, publicUrl, webhookPorts, webhookNetworks };
  const world = { log, resolve, resolveService, resolveWays, now, realNow, randomBytes };
  return { ...world, home, mode, config: policy, inbound, media: mediaOf(app) };
}

function mediaOf({ kept, randomBytes }: App): Media {
  const media = kept.get(MEDIA) ?? new Media({ randomBytes });
  kept.set(MEDIA, media);
  return media;
}

/** Opens a carrier. @returns null for a kind without a wire */
export function openCarrier(
  { name, kind, settings }: PlannedCarrier,
  outside: CarrierOutside,
): MessageCarrier | null {
  return CARRIER_KINDS[kind]?.open?.(name, settings, outside) ?? null;
}

function openInto(
  into: Map<string, MessageCarrier>,
  carrier: PlannedCarrier,
  outside: CarrierOutside,
): void {
  const wire = openCarrier(carrier, outside);
  if (wire) into.set(carrier.name, wire);
}

/** The carriers of calls: those that are open already, and new ones of the plan. */
function openVoices(
  { carriers }: CarrierPlan,
  open: ReadonlyMap<string, VoiceCarrier>,
  outside: CarrierOutside,
): Map<string, VoiceCarrier> {
  const voices = new Map(open);
  for (const { name, kind, settings } of carriers.values()) {
    const voice = voices.has(name) ? null : CARRIER_KINDS[kind]?.openVoice;
    if (voice) voices.set(name, voice(name, settings, outside));
  }
  return voices;
}

/** The difference between two plans, by names only, because settings hold secrets. */
function changesOf(before: CarrierPlan, after: CarrierPlan) {
  const names = [...after.carriers.keys()];
  const settingsOf = (plan: CarrierPlan, name: string) => {
    const { kind, settings } = plan.carriers.get(name) ?? {};
    return { kind, settings };
  };
  return {
    added: names.filter((name) => !before.carriers.has(name)),
    changed: names.filter(
      (name) =>
        before.carriers.has(name) &&
        !isDeepStrictEqual(settingsOf(before, name), settingsOf(after, name)),
    ),
    removed: [...before.carriers.keys()].filter((name) => !after.carriers.has(name)),
    routes_changed: !isDeepStrictEqual(
      [before.routes, before.default, before.links],
      [after.routes, after.default, after.links],
    ),
    limits_changed: !isDeepStrictEqual(before.limits, after.limits),
  };
}
