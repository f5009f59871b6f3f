import type { Command } from 'commander';
import { ALLOW_HOST_OPTION } from './serve-command.ts';

/** The common options of `run` and `proxy`. */
export interface InterceptOptions {
  readonly port?: string;
  readonly proxyPort?: string;
  readonly data?: string;
  readonly logLevel?: string;
  readonly offline?: boolean;
  readonly allowHost?: readonly string[];
}

/** Adds the common options of `run` and `proxy`. */
export function addInterceptOptions(command: Command): Command {
  return command
    .option('--port <number>', "Tieline's own port (a free one)")
    .option('--proxy-port <number>', 'the port of the proxy (a free one)')
    .option(...ALLOW_HOST_OPTION)
    .option('--data <where>', 'a folder, :memory:, or postgres://… (:memory:)')
    .option('--log-level <level>', 'debug, info, warn, error or silent (TIELINE_LOG_LEVEL; error)')
    .option('--offline', 'refuse every host but those that Tieline answers for');
}
