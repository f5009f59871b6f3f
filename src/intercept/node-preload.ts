import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LOOPBACK_HOST } from '../kit/loopback.ts';
import { HTTPS_PORT, INTERCEPTED_HOST, TWILIO_HOST } from './hosts.ts';

/** Settings that are written into the preload, because a program may change its environment. */
export interface PreloadSettings {
  readonly tls_port: number;
  readonly offline: boolean;
  /** The user's entries of `NO_PROXY`, whose hosts are reached without the proxy. */
  readonly direct: readonly string[];
}

/** Ports on which --offline also refuses hosts that are not Twilio's. */
const WEB_PORTS = [80, HTTPS_PORT];

/**
 * Writes the file that Node loads before a program, by `--require`. It sends every connection to an
 * intercepted host to Tieline. Proxy variables reach only the clients that read them, and a client
 * may bring an agent or a copy of undici of its own. All of them connect by one function of Node.
 * @returns the option for `NODE_OPTIONS`
 */
export function writeNodePreload(folder: string, settings: PreloadSettings): string {
  const file = join(folder, 'node-preload.cjs');
  writeFileSync(file, preloadText(settings));
  // A program may change its user, and Node does not start when it cannot read this file.
  chmodSync(file, 0o644);
  return `--require ${quoted(file)}`;
}

/** Node splits the variable at spaces that are not between quotes; a backslash escapes there. */
function quoted(file: string): string {
  return /[\s"\\]/.test(file) ? `"${file.replaceAll(/["\\]/g, String.raw`\$&`)}"` : file;
}

/** The text must run on any Node, so it uses only syntax that very old versions accept. */
function preloadText({ tls_port, offline, direct }: PreloadSettings): string {
  const constants = { tls_port, offline, direct, web: WEB_PORTS };
  return `'use strict';
// Written by Tieline for the programs that it runs. Connections to Twilio's hosts go to Tieline.
var net = require('net');
var settings = ${JSON.stringify(constants)};
var intercepted = ${String(INTERCEPTED_HOST)};
var ofTwilio = ${String(TWILIO_HOST)};
var loopback = ${String(LOOPBACK_HOST)};
// The program's environment may name another machine than 127.0.0.1.
var door = String(process['env'].TIELINE_TLS_DOOR || '').split(':');
var doorHost = door.length === 2 ? door[0] : '127.0.0.1';
var doorPort = door.length === 2 ? Number(door[1]) : settings.tls_port;
var told = {};
var connect = net.Socket.prototype.connect;

net.Socket.prototype.connect = function () {
  var args = Array.prototype.slice.call(arguments);
  var place = placeOf(args);
  var what = place === null ? 'pass' : judge(place.host, place.port);
  if (what === 'pass') return connect.apply(this, args);
  if (what === 'lead') return connect.apply(this, led(args));
  return fail(this, place.host);
};

// A forked Node with an environment of its own also gets Node's variables of this process.
var kept = {};
['NODE_OPTIONS', 'NODE_EXTRA_CA_CERTS', 'TIELINE_TLS_DOOR'].forEach(function (name) {
  if (process['env'][name]) kept[name] = process['env'][name];
});
var children = require('child_process');
var fork = children.fork;
children.fork = function (file, args, options) {
  var hasArgs = Array.isArray(args);
  var given = (hasArgs ? options : options || args) || {};
  var env = given.env || process['env'];
  var others = String(env.NODE_OPTIONS || '');
  var led = Object.assign({}, kept, env);
  if (others.indexOf('node-preload.cjs') === -1) {
    led.NODE_OPTIONS = (kept.NODE_OPTIONS || '') + (others && ' ' + others);
  }
  return fork.call(this, file, hasArgs ? args : [], Object.assign({}, given, { env: led }));
};
var modules = require('module');
if (modules.syncBuiltinESMExports) modules.syncBuiltinESMExports();

// Node itself passes one array with the options; programs may pass port and host.
function placeOf(args) {
  var first = Array.isArray(args[0]) ? args[0][0] : args[0];
  if (first !== null && typeof first === 'object') {
    if (first.path || !first.host) return null;
    return { host: nameOf(first.host), port: Number(first.port) };
  }
  if (typeof args[1] !== 'string') return null;
  return { host: nameOf(args[1]), port: Number(first) };
}

function nameOf(host) {
  return String(host).toLowerCase().replace(/\\.+$/, '');
}

function judge(host, port) {
  if (intercepted.test(host)) return 'lead';
  var isWeb = settings.web.indexOf(port) !== -1;
  if (ofTwilio.test(host)) {
    if (settings.offline) return port === 443 ? 'lead' : 'refuse';
    tell(host, function () {});
    return 'pass';
  }
  if (!settings.offline || !isWeb || isLocal(host)) return 'pass';
  return 'refuse';
}

function isLocal(host) {
  if (loopback.test(host) || host === '0.0.0.0' || host === '::') return true;
  return settings.direct.some(function (entry) {
    var name = entry.toLowerCase().replace(/^\\*?\\./, '').replace(/:\\d+$/, '');
    return entry === '*' || host === name || host.slice(-name.length - 1) === '.' + name;
  });
}

// The client's own options stay unchanged, because it checks the certificate against their host.
function led(args) {
  var isNodes = Array.isArray(args[0]);
  var options = isNodes ? args[0][0] : args[0];
  if (options === null || typeof options !== 'object') {
    return [doorPort, doorHost].concat(args.slice(2));
  }
  var changed = Object.assign({}, options, { host: doorHost, port: doorPort, family: 4 });
  delete changed.lookup;
  delete changed.localAddress;
  delete changed.localPort;
  if (!isNodes) return [changed].concat(args.slice(1));
  args[0][0] = changed;
  return args;
}

function fail(socket, host) {
  var error = new Error('Tieline runs with --offline, and ' + host + ' is not one of its hosts.');
  error.code = 'ECONNREFUSED';
  error.syscall = 'connect';
  tell(host, function () {
    socket.destroy(error);
  });
  return socket;
}

// Sends a request without TLS. Tieline reports its host to the user, once for all processes.
function tell(host, then) {
  if (told[host]) return void process.nextTick(then);
  told[host] = true;
  var teller = new net.Socket();
  teller.on('error', function () {});
  teller.once('close', then);
  connect.call(teller, { host: doorHost, port: doorPort });
  teller.resume().end('HEAD / HTTP/1.1\\r\\nHost: ' + host + '\\r\\n\\r\\n');
}
`;
}
