/**
 * The first commands of the shell in a new network namespace. They bring the loopback up and make
 * every address local, so that each address a program looks up leads to a door, or nowhere.
 */
export const SETUP = `
ip link set lo up
ip route add local default dev lo
exec "$0" -e "$1" "$2"`;

/**
 * The program that Node runs in the namespace. It opens the listeners, hands each over and closes
 * its own copy. Later it opens connections to the namespace's own listeners on request.
 */
export const HELPER = `
const dgram = require('node:dgram');
const net = require('node:net');
const { ports, nameservers } = JSON.parse(process.argv[1]);

for (const signal of ['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
process.on('disconnect', () => process.exit());

const listening = (kind, port, host) =>
  new Promise((resolve, reject) => {
    const server = net.createServer({ allowHalfOpen: true });
    server.once('error', reject);
    server.listen(port, host, () => {
      process.send({ kind, port }, server, () => server.close(resolve));
    });
  });

const naming = (host) =>
  new Promise((resolve, reject) => {
    const socket = dgram.createSocket('udp4');
    socket.once('error', reject);
    socket.bind(53, host, () => {
      process.send({ kind: 'names' }, socket, () => socket.close(resolve));
    });
  });

process.on('message', ({ id, port }) => {
  const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  socket.once('error', ({ code }) => process.send({ kind: 'dialled', id, error: code }));
  socket.once('connect', () => process.send({ kind: 'dialled', id }, socket));
});

(async () => {
  for (const port of ports) await listening('port', port, '127.0.0.1');
  for (const port of [80, 443]) await listening('web', port, '0.0.0.0');
  for (const host of nameservers) await naming(host);
  process.send({ kind: 'ready' });
})().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
`;
