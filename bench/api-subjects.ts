import { residentMegabytes, waitFor200 } from './child.ts';
import { type Request, type Round, runRound } from './load.ts';
import type { Measured } from './report.ts';
import { accountPath, basic, type Login, type RunningTarget, spawnTieline } from './servers.ts';

/** The apps of the account, all of which the list answers. */
export const APPS = 50;
export const READ = 'read one';
export const LIST = `list ${APPS}`;
export const UPDATE = 'update';
const WARM_UP_SECONDS = 1;
const START_LIMIT_MS = 10_000;

/**
 * The time from the start of the process to its first 200 on this path, over several starts of each
 * program in turn. @returns the times of each program in milliseconds, the same round at the same index
 */
export async function measureStarts(
  programs: readonly (string | undefined)[],
  {
    login,
    path,
    starts,
  }: { readonly login: Login; readonly path: string; readonly starts: number },
): Promise<number[][]> {
  const times = programs.map((): number[] => []);
  // The first start fills the compile cache and does not count.
  for (let index = 0; index <= starts; index += 1) {
    for (const [which, program] of programs.entries()) {
      // A start has all cores, as for users.
      const options = { pin: false, ...(program !== undefined && { program }) };
      const server = await spawnTieline(':memory:', login, options);
      const headers = { authorization: basic(login) };
      const url = `${server.origin}${path}`;
      const ms = await waitFor200(url, headers, server.started, START_LIMIT_MS);
      if (index > 0) times[which]?.push(ms);
      await server.stop();
    }
  }
  return times;
}

/** A server with its requests about its own app. */
export interface Subject extends RunningTarget {
  readonly idleMegabytes: number;
  readonly requests: readonly [Request, Request, Request];
}

export function subjectOf(target: RunningTarget, login: Login, sid: string): Subject {
  const list = `${accountPath(login)}/ConnectApps`;
  const path = `${list}/${sid}.json`;
  return {
    ...target,
    idleMegabytes: residentMegabytes(target.pid),
    requests: [
      { name: READ, method: 'GET', path },
      { name: LIST, method: 'GET', path: `${list}.json` },
      { name: UPDATE, method: 'POST', path, body: (number) => `FriendlyName=Renamed+${number}` },
    ],
  };
}

/** Checks one answer of each server before the measurement, so that no fast wrong answer counts. */
export async function checkAnswers(subject: Subject, authorization: string): Promise<void> {
  const [read, list, update] = subject.requests;
  const ask = async ({ method, path, body }: Request) => {
    const type = 'application/x-www-form-urlencoded';
    const headers = { authorization, ...(body && { 'content-type': type }) };
    const sent = { method, headers, body: body?.(0) ?? null };
    const answer = await fetch(`${subject.origin}${path}`, sent);
    return (await answer.json()) as {
      uri?: string;
      friendly_name?: string;
      connect_apps?: unknown[];
    };
  };
  const isRight =
    (await ask(read)).uri === read.path &&
    (await ask(list)).connect_apps?.length === APPS &&
    (await ask(update)).friendly_name === 'Renamed 0';
  if (!isRight) throw new Error(`${subject.name} answers wrongly`);
}

/** Rounds of each request against each server, in turn. */
export async function measure(
  subjects: readonly Subject[],
  authorization: string,
  { rounds, seconds }: { readonly rounds: number; readonly seconds: number },
): Promise<Measured[]> {
  const measured = [0, 1, 2].flatMap((index) =>
    subjects.map((target) => {
      const request = target.requests[index] as Request;
      return { target, request, rounds: [] as Round[] };
    }),
  );
  for (const { target, request } of measured) {
    await runRound(target, request, authorization, WARM_UP_SECONDS);
  }
  for (let round = 0; round < rounds; round += 1) {
    // Every second round runs backwards, so that no server always comes first.
    for (const one of round % 2 === 0 ? measured : measured.toReversed()) {
      one.rounds.push(await runRound(one.target, one.request, authorization, seconds));
    }
  }
  return measured;
}
