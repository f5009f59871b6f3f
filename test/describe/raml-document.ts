import { parse } from 'yaml';
import type { TestApp } from '../support/test-app.ts';

export const RAML_VERSIONS = ['0.8', '1.0'] as const;
export const RAML_DOCUMENTS = ['2010-04-01', 'v1', 'tieline'] as const;

// biome-ignore lint/suspicious/noExplicitAny: tests read it field by field
// oxlint-disable-next-line typescript/no-explicit-any
type Node = Record<string, any>;

/** A method of a document, in the form of the parsed YAML. */
export interface Described {
  /** `GET /Accounts/{}`, the address below `baseUri` without the names of its parameters. */
  readonly name: string;
  /** `/Accounts/{AccountSid}` */
  readonly path: string;
  /** The resource type. It holds the suffixes. */
  readonly type: string | undefined;
  readonly method: Node;
}

/** A document in its served form, and its YAML. */
export async function fetchRaml(app: TestApp, document: string, version: string) {
  const { text } = await app.get(`/raml/${document}.raml?raml=${version}`);
  const root: Node = parse(text);
  return { text, root };
}

/** The named declarations of a document: a map in RAML 1.0, and a list of maps in 0.8. */
export function declared(things: unknown): Node {
  return Array.isArray(things) ? Object.assign({}, ...things) : (things ?? {});
}

/**
 * Every method of a document. A path parameter with an `enum` stands for one address for each word
 * of the `enum`.
 */
export function methodsOf(node: Node, paths: readonly string[] = ['']): Described[] {
  return Object.entries(node).flatMap(([name, value]) => {
    if (!name.startsWith('/')) return [];
    const resource = value as Node;
    const segment = name.replace('{mediaTypeExtension}', '');
    const [, parameter = ''] = /^\/\{(\w+)\}$/.exec(segment) ?? [];
    const words: string[] | undefined = resource['uriParameters']?.[parameter]?.enum;
    const segments = words ? words.map((word) => `/${word}`) : [segment];
    const here = paths.flatMap((path) => segments.map((one) => path + one));
    const own = ['get', 'post', 'delete'].filter((method) => method in resource);
    const found = own.flatMap((method) =>
      here.map((path) => ({
        name: `${method.toUpperCase()} ${path.replaceAll(/\{\w+\}/g, '{}')}`,
        path,
        type: resource['type'] as string | undefined,
        method: resource[method] as Node,
      })),
    );
    return [...found, ...methodsOf(resource, here)];
  });
}
