import type { Command } from 'commander';
import { tielineProgram } from '../../../src/cli/program.ts';

/** The reference of the command line, from the same texts as its help. */
export function commandPage(): string {
  const program = tielineProgram();
  const parts = program.commands.map((command) => partOf(command, 'tieline', 2));
  return `# Command line

In a checkout or a project the command is \`npx tieline\`. Every command has \`--help\`, which says the same as this page.
Status 0 means that it worked, and 2 that a setting, the data or an argument cannot be used. A sentence on standard error
says why.

${parts.join('\n')}`;
}

/** A command and the commands below it. */
function partOf(command: Command, above: string, level: number): string {
  const name = `${above} ${command.name()}`;
  const inside = command.commands.map((one) => partOf(one, name, level + 1));
  const isGroup = inside.length > 0;
  const parameters = command.registeredArguments.map(
    (one) =>
      `| \`${one.required ? one.name() : `[${one.name()}]`}${one.variadic ? '…' : ''}\` | ${cell(one.description)} |`,
  );
  const options = command.options
    .filter(({ long, hidden }) => long !== '--version' && !hidden)
    .map(({ flags, description, defaultValue }) => {
      const fallback =
        defaultValue === undefined ? '' : ` (\`${code(String(defaultValue))}\` by default)`;
      return `| \`${code(flags)}\` | ${cell(description)}${fallback} |`;
    });
  const rows = [...parameters, ...options];
  const table = isGroup || rows.length === 0 ? '' : `| | |\n|---|---|\n${rows.join('\n')}\n`;
  const usage = isGroup ? '' : `\`${name} ${command.usage()}\`\n\n`;
  return `${'#'.repeat(level)} ${name}\n\n${sentence(command.description())}\n\n${usage}${table}\n${inside.join('\n')}`;
}

/** Code in a cell. Markdown itself escapes what would be HTML in it. */
const code = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
const cell = (text: string) => code(text).replaceAll('<', '&lt;');

function sentence(text: string): string {
  const whole = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(whole) ? whole : `${whole}.`;
}
