import type { Client } from './ask.ts';
import type { PostgresServer } from './postgres-server.ts';
import type { SmallDisk } from './small-disk.ts';
import type { Tenants } from './tenants.ts';
import type { Tieline } from './tieline-fleet.ts';
import type { Wire } from './wire.ts';

/** The parts of a run that can be disturbed. */
export interface Stage {
  readonly engine: 'sqlite' | 'postgres';
  readonly fleet: readonly Tieline[];
  /** Null on SQLite. */
  readonly server: PostgresServer | null;
  /** The way of each process to the database server, in the fleet's order; empty on SQLite. */
  readonly wires: readonly Wire[];
  /** The disk of the tables, or of the data folder. */
  readonly disk: SmallDisk;
  readonly client: Client;
  readonly tenants: Tenants;
  /** Repeatable: it decides what is done, and when. */
  readonly random: (limit: number) => number;
  /** The longest outage, in milliseconds. */
  readonly longest: number;
}

/** A disturbance. It resolves when the disturbance is over, with a sentence about its details. */
export interface Act {
  readonly name: string;
  readonly engines: readonly Stage['engine'][];
  /** The program that it needs; null: none. */
  readonly needs: string | null;
  readonly run: (stage: Stage) => Promise<string>;
}

/** The PostgreSQL parts of a stage. @throws on SQLite */
export function postgresOf({ server }: Stage): PostgresServer {
  if (!server) throw new Error('this act is for PostgreSQL');
  return server;
}

/** One process of the fleet, with its wire. */
export function anyProcess({ fleet, wires, random }: Stage): { tieline: Tieline; wire: Wire } {
  const index = random(fleet.length);
  return { tieline: fleet[index] as Tieline, wire: wires[index] as Wire };
}

/** A duration from the shortest to the longest outage of this run. */
export function someTime({ random, longest }: Stage, shortest = 200): number {
  return shortest + random(Math.max(1, longest - shortest));
}

/** Lets every process of the fleet end by itself meanwhile, for want of a database. */
export async function whileAllMayEnd<T>({ fleet }: Stage, work: () => Promise<T>): Promise<T> {
  let run = work;
  for (const tieline of fleet) {
    const inner = run;
    run = () => tieline.mayEndDuring(inner);
  }
  return run();
}
