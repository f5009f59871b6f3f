import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { parentPort } from 'node:worker_threads';
import type { FromThread, MediaCounts, PortRange, StreamBegin, ToThread } from './messages.ts';
import { PortPool } from './port-pool.ts';
import { Schedule } from './schedule.ts';
import { ThreadLine } from './thread-line.ts';

/**
 * The thread of sound: the sockets of all lines, and one clock. Work of the server does not hold it
 * up.
 */

/** The ports that are tried for a line: other programs may use some of the range. */
const MAX_TRIES = 16;

type Sums = Record<Exclude<keyof MediaCounts, 'lines' | 'skipped'>, number>;

const now = () => performance.now();
const pools = new Map<string, PortPool>();
const poolOfLine = new Map<number, PortPool>();
const lines = new Map<number, ThreadLine>();
/** Lines that were closed while they opened. */
const opening = new Set<number>();
/** The sums of closed lines. */
const past: Sums = { sent: 0, received: 0, lost: 0, late: 0, refused: 0 };
let skipped = 0;
let schedule: Schedule | null = null;

parentPort?.on('message', (told: ToThread) => {
  if (told.do === 'count') tell({ is: 'counted', counts: counted() });
  else if (told.do === 'open') void open(told.line, told.ports, told.begin);
  else obey(told);
});

function tell(told: FromThread): void {
  parentPort?.postMessage(told);
}

function obey(told: Exclude<ToThread, { do: 'count' | 'open' }>): void {
  const line = lines.get(told.line);
  if (told.do === 'close') {
    opening.delete(told.line);
    if (line) close(told.line, line);
  } else if (!line) {
    // A line that is gone plays nothing, and the server knows that it closed it.
  } else if (told.do === 'start') line.start(told.far);
  else if (told.do === 'play') line.play(told.play, told.sound);
  else if (told.do === 'stop') line.stop(told.play);
  else bridge(line, told.other === null ? null : (lines.get(told.other) ?? null));
}

async function open(line: number, ports: PortRange, begin: StreamBegin): Promise<void> {
  opening.add(line);
  const { pool, socket, reason } = await bound(ports);
  if (!socket) return tell({ is: 'refused', line, reason });
  if (pool) poolOfLine.set(line, pool);
  const opened = new ThreadLine(line, socket, begin, tell);
  lines.set(line, opened);
  if (!opening.delete(line)) return close(line, opened);
  tell({ is: 'open', line, port: opened.port });
  if (!schedule) {
    schedule = new Schedule(now());
    tick(schedule);
  }
}

function close(number: number, line: ThreadLine): void {
  line.close();
  lines.delete(number);
  poolOfLine.get(number)?.give(line.port);
  poolOfLine.delete(number);
  addTo(past, line);
}

function bridge(line: ThreadLine, other: ThreadLine | null): void {
  for (const one of [line, other]) {
    if (one?.bridged) one.bridged.bridged = null;
    if (one) one.bridged = null;
  }
  if (!other || other === line) return;
  line.bridged = other;
  other.bridged = line;
}

/** Waits for the next frame, as long as there are lines. */
function tick(clock: Schedule): void {
  const due = clock.take(now());
  skipped += due.skipped;
  for (const line of lines.values()) if (due.skipped > 0) line.skip(due.skipped);
  for (let frame = 0; frame < due.frames; frame += 1) {
    for (const line of lines.values()) line.listen();
    for (const line of lines.values()) line.speak();
  }
  if (lines.size === 0) schedule = null;
  else setTimeout(() => tick(clock), clock.wait(now()));
}

interface Bound {
  readonly pool: PortPool | null;
  readonly socket: Socket | null;
  readonly reason: string;
}

async function bound(ports: PortRange): Promise<Bound> {
  const { host, first, last } = ports;
  if (first === 0) return { pool: null, ...(await bind(host, 0)) };
  const name = `${host} ${first} ${last}`;
  const pool = pools.get(name) ?? new PortPool(ports, now);
  pools.set(name, pool);
  let reason = `Every port for sound from ${first} to ${last} is in use; widen the range.`;
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const port = pool.take();
    if (port === null) break;
    const { socket, reason: failed } = await bind(host, port);
    if (socket) return { pool, socket, reason: failed };
    pool.give(port);
    reason = failed;
  }
  return { pool, socket: null, reason };
}

function bind(host: string, port: number): Promise<Pick<Bound, 'socket' | 'reason'>> {
  const socket = createSocket({
    type: isIPv6(host) ? 'udp6' : 'udp4',
    // Both sides agreed on addresses, so there is no name to look up.
    lookup: (address, _options, done) => done(null, address, isIPv6(address) ? 6 : 4),
  });
  return new Promise((resolve) => {
    socket.once('error', (error) => {
      socket.close();
      resolve({ socket: null, reason: `No port for sound can be opened: ${error.message}.` });
    });
    socket.bind(port, host, () => {
      socket.removeAllListeners('error');
      resolve({ socket, reason: '' });
    });
  });
}

function counted(): MediaCounts {
  const sums = { ...past };
  for (const line of lines.values()) addTo(sums, line);
  return { lines: lines.size, skipped, ...sums };
}

function addTo(sums: Sums, { sent, refused, ear }: ThreadLine): void {
  sums.sent += sent;
  sums.received += ear.received;
  sums.lost += ear.lost;
  sums.late += ear.late;
  sums.refused += refused + ear.refused;
}
