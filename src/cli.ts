import { tielineProgram, UNUSABLE } from './cli/program.ts';
import { ConfigError } from './config.ts';
import { ApiError } from './kit/api-error.ts';

/** Carries out the command line of this process. */
export async function main(): Promise<void> {
  try {
    await tielineProgram().parseAsync();
  } catch (error) {
    console.error(`tieline: ${sentenceOf(error)}`);
    process.exitCode ??= isRefusal(error) ? UNUSABLE : 1;
  }
}

/** Whether the error tells the user what to change, and is not a bug. */
function isRefusal(error: unknown): error is Error {
  return error instanceof ConfigError || error instanceof ApiError;
}

/** The error for a person. The stack of a bug is shown at the log level debug. */
function sentenceOf(error: unknown): string {
  if (isRefusal(error)) return error.message;
  if (!(error instanceof Error)) return String(error);
  if (process.env['TIELINE_LOG_LEVEL'] === 'debug' && error.stack) return error.stack;
  return `${error.message} (set TIELINE_LOG_LEVEL=debug to see where)`;
}
