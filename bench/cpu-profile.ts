/** A function of a profile. */
interface Frame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
}

/** V8's CPU profile. */
interface Profile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: Frame }[];
  readonly samples: readonly number[];
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[];
}

/** A function with the time that it used itself, without what it called. */
export interface SelfTime {
  readonly name: string;
  readonly place: string;
  readonly share: number;
  readonly ms: number;
}

/** Profiles a process that was started with `--inspect=127.0.0.1:PORT`, while `work` runs. */
export async function profileWhile(port: number, work: () => Promise<unknown>): Promise<Profile> {
  const session = await openSession(port);
  try {
    await session.ask('Profiler.enable');
    await session.ask('Profiler.start');
    await work();
    const { profile } = (await session.ask('Profiler.stop')) as { profile: Profile };
    return profile;
  } finally {
    session.close();
  }
}

async function openSession(port: number) {
  const answer = await fetch(`http://127.0.0.1:${port}/json/list`);
  const [target] = (await answer.json()) as { webSocketDebuggerUrl: string }[];
  if (!target) throw new Error(`nothing can be profiled at port ${port}`);
  const socket = new WebSocket(target.webSocketDebuggerUrl);
  const waiting = new Map<number, (result: unknown) => void>();
  let asked = 0;
  socket.addEventListener('message', ({ data }) => {
    const { id, result } = JSON.parse(String(data)) as { id?: number; result?: unknown };
    if (id !== undefined) waiting.get(id)?.(result);
  });
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener('open', () => resolve());
    socket.addEventListener('error', () => reject(new Error('the profiler did not answer')));
  });
  return {
    ask: (method: string) =>
      new Promise<unknown>((resolve) => {
        asked += 1;
        waiting.set(asked, resolve);
        socket.send(JSON.stringify({ id: asked, method }));
      }),
    close: () => socket.close(),
  };
}

/** The functions with the most time of their own, most first. Idle time does not count. */
export function selfTimes(profile: Profile, count: number): SelfTime[] {
  const times = new Map<string, { name: string; place: string; us: number }>();
  let busy = 0;
  for (const { frame, us, isIdle } of timesOf(profile)) {
    if (isIdle) continue;
    busy += us;
    const name = frame.functionName || '(anonymous)';
    const place = frame.url === '' ? 'native' : `${shortOf(frame.url)}:${frame.lineNumber + 1}`;
    const known = times.get(`${name} ${place}`) ?? { name, place, us: 0 };
    known.us += us;
    times.set(`${name} ${place}`, known);
  }
  return [...times.values()]
    .toSorted((a, b) => b.us - a.us)
    .slice(0, count)
    .map(({ name, place, us }) => ({ name, place, share: us / busy, ms: us / 1_000 }));
}

/** The path of a source from the checkout's folder, or a library's name with its path. */
function shortOf(url: string): string {
  const inLibrary = url.split('/node_modules/').at(-1);
  if (inLibrary !== undefined && inLibrary !== url) return inLibrary;
  return /\/((?:src|dist|bin|bench)\/.+)$/.exec(url)?.[1] ?? url;
}

/** The share of the time in which the main thread was not idle. */
export function busyShare(profile: Profile): number {
  let busy = 0;
  let all = 0;
  for (const { us, isIdle } of timesOf(profile)) {
    all += us;
    if (!isIdle) busy += us;
  }
  return busy / all;
}

/** The shares of libraries, of the rooms of `src/`, and of the engine's own functions. */
export function sharesByRoom(profile: Profile): { room: string; share: number }[] {
  const times = new Map<string, number>();
  let busy = 0;
  for (const { frame, us, isIdle } of timesOf(profile)) {
    if (isIdle) continue;
    busy += us;
    const room = roomOf(frame);
    times.set(room, (times.get(room) ?? 0) + us);
  }
  return [...times]
    .toSorted(([, a], [, b]) => b - a)
    .map(([room, us]) => ({ room, share: us / busy }));
}

function roomOf({ url, functionName }: Frame): string {
  if (url === '') return `native ${functionName}`;
  if (url.startsWith('node:')) return 'node:';
  const [, library] = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url) ?? [];
  return library ?? /\/(src\/[^/]+)/.exec(url)?.[1] ?? url;
}

function timesOf({ nodes, samples, timeDeltas }: Profile) {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  return samples.flatMap((id, index) => {
    const frame = frames.get(id);
    const us = timeDeltas[index] ?? 0;
    return frame ? [{ frame, us, isIdle: frame.functionName === '(idle)' }] : [];
  });
}
