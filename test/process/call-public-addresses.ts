import { once } from 'node:events';
import { createServer } from 'node:http';
import { call } from '../support/stub-receiver.ts';

/**
 * A separate program, because it runs in a network namespace. It listens on every address and
 * reports the addresses that a production server can reach.
 */
const NAMES: Readonly<Record<string, string[]>> = {
  'public.example': ['2606:4700::1', '1.1.1.1'],
  'mixed.example': ['1.1.1.1', '127.0.0.1'],
  'private.example': ['10.20.0.1'],
  'both.example': ['10.20.0.1', '10.21.0.1'],
};
const PORTS = [80, 8080];
const URLS = [
  'http://1.1.1.1/',
  'http://[2606:4700::1]/',
  'http://public.example/',
  'http://1.1.1.1:8080/',
  'http://127.0.0.1/',
  'http://[::1]/',
  'http://mixed.example/',
  'http://10.20.0.1/',
  'http://[::ffff:10.20.0.1]/',
  'http://private.example/',
  'http://10.21.0.1/',
  'http://both.example/',
  'http://169.254.169.254/',
];

const servers = PORTS.map((port) =>
  createServer((_request, response) => void response.end()).listen(port, '::'),
);
await Promise.all(servers.map((server) => once(server, 'listening')));

const reached: Record<string, string | number> = {};
for (const url of URLS) {
  const outcome = await call(url, {
    policy: {
      mode: 'production',
      publicUrl: 'https://tieline.example',
      webhookNetworks: ['10.20.0.0/16'],
    },
    resolve: async (name) => NAMES[name] ?? [],
  });
  reached[url] = outcome.kind === 'response' ? outcome.status : outcome.phase;
}
console.log(JSON.stringify(reached));
for (const server of servers) server.close();
