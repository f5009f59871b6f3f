import {
  type Description,
  type Operation,
  type Parameter,
  resolved,
  type Schema,
} from './description.ts';
import { valueWords } from './value-words.ts';

const CONTROL = 'Control';
const PRODUCTS = /(?<=[a-z])(?=[A-Z])/;

/** An operation with its place. */
interface Placed {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

/** The pages of the reference: a list of all operations, a page for each kind of resource. */
export function apiPages(described: Description): [string, string][] {
  const placed = Object.entries(described.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(
      ([method, operation]): Placed => ({
        method: method.toUpperCase(),
        path,
        operation,
      }),
    ),
  );
  const byTag = Map.groupBy(placed, ({ operation }) => operation.tags[0] ?? CONTROL);
  const control = byTag.get(CONTROL) ?? [];
  byTag.delete(CONTROL);
  return [
    ['reference/api.md', overview(byTag)],
    [
      'reference/control.md',
      `${CONTROL_HEAD}\n${listOf(control, '')}\n${partsOf(control, described)}`,
    ],
    ...[...byTag].map(([tag, operations]): [string, string] => [
      `reference/api/${tag}.md`,
      `# ${titleOf(tag)}\n\n${listOf(operations, '')}\n${resourcesOf(operations, described)}${partsOf(operations, described)}`,
    ]),
  ];
}

const titleOf = (tag: string) => (tag === tag.toUpperCase() ? tag : tag.split(PRODUCTS).join(' '));

const CONTROL_HEAD = `# Control API

These calls control the platform itself. On the machine of a development server they need no credentials. In production
and from other machines they need the admin token: \`Authorization: Bearer …\` ([Settings](settings.md)). Bodies and
answers are JSON. A refusal is \`{"error": "…"}\` with one sentence that says what to do.
`;

function overview(byTag: ReadonlyMap<string, readonly Placed[]>): string {
  const parts = [...byTag].map(
    ([tag, operations]) => `## ${titleOf(tag)}\n\n${listOf(operations, `api/${tag}.md`)}`,
  );
  return `# API

Every operation that programs use with an official SDK. The server describes the same at \`/openapi.json\`, and in RAML at
\`/raml/2010-04-01.raml\`. [Requests](../contract/requests.md) has the rules of paths, formats, dates and pages,
[Errors](../contract/errors.md) every code, and [Permitted callers](../access.md) who may use an operation.

${parts.join('\n')}`;
}

function listOf(operations: readonly Placed[], page: string): string {
  const rows = operations.map(
    ({ method, path, operation }) =>
      `| [${operation.summary}](${page}#${operation.operationId}) | <code>${method}</code> ${pathCell(path)} |`,
  );
  return `| | |\n|---|---|\n${rows.join('\n')}\n`;
}

/** A path in which a browser breaks lines at slashes only. */
function pathCell(path: string): string {
  const segments = path.split('/').slice(1);
  return `<code class="path">${segments.map((one) => `<wbr><span>/${one}</span>`).join('')}</code>`;
}

/** The fields of the resources that the operations answer with. */
function resourcesOf(operations: readonly Placed[], described: Description): string {
  const names = new Set(
    operations.flatMap(({ operation }) =>
      [...JSON.stringify(operation.responses).matchAll(/schemas\/(\w+)"/g)].map(
        ([, name = '']) => name,
      ),
    ),
  );
  names.delete('Error');
  const parts = [...names].map((name) => {
    const { properties = {} } = described.components.schemas[name] ?? {};
    return `## ${name}\n\n${fieldsOf(properties)}\n`;
  });
  return parts.join('\n');
}

function fieldsOf(
  properties: Readonly<Record<string, Schema>>,
  required?: readonly string[],
): string {
  const rows = Object.entries(properties).map(([name, schema]) => {
    const must = required?.includes(name) ? 'required; ' : '';
    return `| \`${name}\` | ${must}${cell(valueWords(schema))}${schema.description ? `. ${cell(schema.description)}` : ''} |`;
  });
  return rows.length === 0
    ? 'It has no fields.\n'
    : `| field | is |\n|---|---|\n${rows.join('\n')}\n`;
}

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

function partsOf(operations: readonly Placed[], described: Description): string {
  return operations.map((placed) => partOf(placed, described)).join('\n');
}

function partOf({ method, path, operation }: Placed, described: Description): string {
  const { operationId, description, responses } = operation;
  const lines = [
    `<h2 id="${operationId}">${operationId}</h2>`,
    '',
    `<p class="operation"><span class="method">${method}</span> <code>${path}</code></p>`,
    '',
    description.replaceAll('<', '&lt;'),
    '',
  ];
  const known = described.components.parameters;
  const parameters = (operation.parameters ?? []).map(
    (one): Parameter => known[one.$ref?.split('/').at(-1) ?? ''] ?? one,
  );
  const rows = parameters.map(
    (one) =>
      `| \`${one.name}\` | ${one.in} | ${one.required ? 'required; ' : ''}${cell(valueWords(one.schema))} |`,
  );
  if (rows.length > 0) lines.push('| parameter | in the | is |', '|---|---|---|', ...rows, '');
  const [body] = Object.values(operation.requestBody?.content ?? {});
  if (body) {
    const schema = resolved(body.schema, described);
    for (const one of schema.properties ? [schema] : (schema.anyOf ?? schema.oneOf ?? [])) {
      const { properties = {}, required } = resolved(one, described);
      lines.push(fieldsOf(properties, required));
    }
  }
  return `${lines.join('\n')}\n${answersOf(responses, described)}`;
}

function answersOf(responses: Operation['responses'], described: Description): string {
  const rows = Object.entries(responses).map(([status, { description, content = {} }]) => {
    const [first] = Object.values(content);
    const schema = first && resolved(first.schema, described);
    const fields = Object.keys(schema?.properties ?? {}).map((name) => `\`${name}\``);
    return `| ${status} | ${cell(description)} | ${fields.join(', ')} |`;
  });
  return `| answer | means | fields |\n|---|---|---|\n${rows.join('\n')}\n`;
}
