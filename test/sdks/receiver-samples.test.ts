import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { suite, test } from 'node:test';
import { promisify } from 'node:util';
import { startTieline } from '../../src/testing/start-tieline.ts';
import { signForm } from '../../src/webhooks/signature.ts';
import { freePort } from '../support/free-port.ts';
import { blocksOf } from '../support/guide-blocks.ts';
import { PROGRAM } from '../support/program/program.ts';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.ts';
import { missingTools, NEWEST, type Program } from './programs.ts';
import { madeReady } from './run-program.ts';

/** Runs the samples of the guides that are written in Python, Go and Java, with their SDKs. */

const GUIDE = 'docs/guides/connect-app.md';
const SDKS = 'docs/guides/sdks.md';
const TOKEN = 'f'.repeat(32);
const PATIENCE_MS = 60_000;
const run = promisify(execFile);

/** The code of a language in a guide that holds a text. */
function sample(file: string, language: string, text: string): string {
  const found = blocksOf(file).filter(
    (block) => block.language === language && block.code.includes(text),
  );
  assert.equal(found.length, 1, `${file}: ${language} with ${text}`);
  return found[0]?.code ?? '';
}

/** A whole program in Go around the sample, which registers its handler in a running program. */
const goProgram = (code: string, port: number) => `package main
import (
	"fmt"
	"net/http"
	"os"

	"github.com/twilio/twilio-go/client"
)
func main() {
${code}
	_ = http.ListenAndServe("localhost:${port}", nil)
}
`;

/** A whole program in Java around the sample, which answers one request. */
const javaProgram = (code: string, port: number) => `
import com.sun.net.httpserver.HttpServer;
import com.twilio.security.RequestValidator;
import java.net.*;
import java.nio.charset.StandardCharsets;
import java.util.*;
public class Receiver {
  public static void main(String[] none) throws Exception {
    var home = "http://localhost:${port}";
    var server = HttpServer.create(new InetSocketAddress("localhost", ${port}), 0);
    server.createContext("/deauthorize", exchange -> {
      Map<String, String> sent = new HashMap<>();
      var body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
      for (var pair : body.split("&")) {
        var parts = pair.split("=", 2);
        sent.put(parts[0], URLDecoder.decode(parts[1], StandardCharsets.UTF_8));
      }
${code}
    });
    server.start();
  }
}
`;

interface Receiver {
  readonly sdk: string;
  /** Writes the sample as a whole program. @returns its command */
  readonly make: (ready: string, folder: TemporaryFolder, port: number) => Promise<string[]>;
}

const RECEIVERS: readonly Receiver[] = [
  {
    sdk: 'Python',
    make: async (ready, folder, port) => {
      const code = sample(GUIDE, 'python', 'RequestValidator').replaceAll('8081', String(port));
      writeFileSync(folder.at('receiver.py'), code);
      return [join(ready, 'venv/bin/python'), folder.at('receiver.py')];
    },
  },
  {
    sdk: 'Go',
    make: async (ready, folder, port) => {
      const code = sample(GUIDE, 'go', 'NewRequestValidator').replace('8082', String(port));
      cpSync(join(ready, 'go.sum'), folder.at('go.sum'));
      // A pattern with a method needs a module of Go 1.22.
      const module = readFileSync(join(ready, 'go.mod'), 'utf8').replace(/^go .*$/m, 'go 1.22');
      writeFileSync(folder.at('go.mod'), module);
      writeFileSync(folder.at('main.go'), goProgram(code, port));
      const build = ['build', '-mod=readonly', '-o', 'receiver', '.'];
      await run('go', build, { cwd: folder.path, timeout: PATIENCE_MS });
      return [folder.at('receiver')];
    },
  },
  {
    sdk: 'Java',
    make: async (ready, folder, port) => {
      const code = sample(GUIDE, 'java', 'RequestValidator');
      writeFileSync(folder.at('Receiver.java'), javaProgram(code, port));
      const jars = join(ready, 'jars', '*');
      await run('javac', ['-cp', jars, '-d', folder.path, folder.at('Receiver.java')]);
      return ['java', '-cp', [folder.path, jars].join(delimiter), 'Receiver'];
    },
  },
];

function programOf(sdk: string): Program | undefined {
  const program = NEWEST.find((one) => one.sdk === sdk);
  assert.ok(program, sdk);
  // The end of `npm test` names missing tools, for these tests as for the programs of the matrix.
  const isThere = process.env['TEST_REGISTRY'] && missingTools(program).length === 0;
  return isThere ? program : undefined;
}

/** Starts a receiver, and waits until it listens. */
async function started([program = '', ...parameters]: string[], port: number) {
  const child: ChildProcess = spawn(program, parameters, {
    env: { ...process.env, TWILIO_AUTH_TOKEN: TOKEN },
    stdio: 'ignore',
  });
  const ended = once(child, 'exit');
  for (;;) {
    const answer = await fetch(`http://localhost:${port}/`).catch(() => null);
    if (answer) break;
    assert.equal(child.exitCode, null, 'the receiver goes on');
  }
  return {
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

suite('the receivers of the guide for Connect apps', () => {
  for (const { sdk, make } of RECEIVERS) {
    const program = programOf(sdk);
    if (!program) continue;
    test(`accept a signed callback and no other, in ${sdk}`, async () => {
      using folder = temporaryFolder();
      const port = await freePort();
      const command = await make(await madeReady(program), folder, port);
      await using _ = await started(command, port);
      const url = `http://localhost:${port}/deauthorize`;
      const sent = { AccountSid: `AC${'1'.repeat(32)}`, ConnectAppSid: `CN${'2'.repeat(32)}` };
      const statusFor = async (token: string) => {
        const { signature } = signForm(token, url, Object.entries(sent));
        const headers = { 'X-Twilio-Signature': signature };
        const body = new URLSearchParams(sent);
        return (await fetch(url, { method: 'POST', headers, body })).status;
      };
      assert.equal(await statusFor(TOKEN), 204);
      assert.equal(await statusFor('0'.repeat(32)), 403);
    });
  }
});

suite('the programs in Python of the guides', () => {
  const program = programOf('Python');
  if (!program) return;

  test('act as an app, and report a refusal', async () => {
    await using tieline = await startTieline();
    const python = join(await madeReady(program), 'venv/bin/python');
    const code = sample(GUIDE, 'python', 'connection_policies');
    const printedFor = async (permission: 'get-all' | 'post-all') => {
      const app = await tieline.control.createConnectApp({
        account_sid: tieline.accountSid,
        friendly_name: permission,
        company_name: 'Mine',
        permissions: [permission],
        authorize_redirect_url: 'http://localhost:3000/',
      });
      const both = { connect_app_sid: app.sid, account_sid: tieline.customer.accountSid };
      const { account_sid } = await tieline.control.authorize(both);
      const credentials = { CUSTOMER_SID: account_sid, TWILIO_AUTH_TOKEN: tieline.authToken };
      const env = { TIELINE_URL: tieline.url, ...credentials };
      return (await run(python, ['-c', code], { env, timeout: PATIENCE_MS })).stdout;
    };
    assert.match(await printedFor('post-all'), /\nNY[0-9a-f]{32}\n$/);
    assert.match(await printedFor('get-all'), /\n403 20403 .+\n$/);
  });

  test('go through the proxy of a run, asynchronously', async () => {
    using folder = temporaryFolder();
    const [block] = blocksOf(SDKS, 'Python, asynchronously');
    const indented = (block?.code ?? '').replaceAll(/^/gm, '    ');
    const whole = `import asyncio, os, aiohttp
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.rest import Client

async def main():
${indented}
    account = await client.api.accounts(os.environ["TWILIO_ACCOUNT_SID"]).fetch_async()
    print(account.status)
    await http.close()

asyncio.run(main())
`;
    writeFileSync(folder.at('program.py'), whole);
    const python = join(await madeReady(program), 'venv/bin/python');
    const env = { HOME: folder.path, PATH: process.env['PATH'] ?? '' };
    const command = [PROGRAM, 'run', '--', python, folder.at('program.py')];
    const options = { cwd: folder.path, env, timeout: PATIENCE_MS };
    const { stdout } = await run(process.execPath, command, options);
    assert.equal(stdout, 'active\n');
  });
});
