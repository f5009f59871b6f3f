import type { Command } from 'commander';
import { endWithNpm } from './end-with-npm.ts';
import { firstSignal } from './first-signal.ts';
import { addInterceptOptions, type InterceptOptions } from './intercept-options.ts';

/** The time that running work has to finish after a signal. */
const SHUTDOWN_MS = 7_000;

interface ProxyOptions extends InterceptOptions {
  readonly json?: boolean;
}

/** `tieline proxy`: does for many programs what `tieline run` does for one, until it is stopped. */
export function addProxyCommand(program: Command): void {
  const proxy = program
    .command('proxy')
    .description('stand in for Twilio until Ctrl-C, and print what programs need for it');
  addInterceptOptions(proxy).option('--json', 'print one line of JSON').action(proxyCommand);
}

async function proxyCommand(options: ProxyOptions): Promise<void> {
  const stopped = firstSignal(['SIGINT', 'SIGTERM', 'SIGHUP']);
  const { interceptSettings } = await import('./intercept-settings.ts');
  const settings = { ...interceptSettings(options), keep_out_others: true };
  const { startIntercepting } = await import('../intercept/start-intercepting.ts');
  const { reportOn, shellText } = await import('../intercept/proxy-text.ts');
  const intercepting = await startIntercepting(settings);
  try {
    await intercepting.ready;
  } catch (error) {
    await intercepting.close();
    throw error;
  }
  const ended = Promise.withResolvers<void>();
  await endWithNpm(process.env, ended.resolve);
  const report = await reportOn(intercepting);
  console.log(options.json ? JSON.stringify(report) : shellText(report));
  await Promise.race([stopped, ended.promise]);
  const late = setTimeout(() => {
    settings.notice('Some work of Tieline did not finish in time.');
    process.exit(1);
  }, SHUTDOWN_MS);
  await intercepting.close();
  clearTimeout(late);
  process.exit();
}
