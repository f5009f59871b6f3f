import { writeFileSync } from 'node:fs';
import type { ControlEndpoint } from '../src/http/control-endpoint.ts';
import { ROUTES } from '../src/routes.ts';
import { CONTROL_CALLS } from '../src/testing/control.ts';
import { docOf, inputOf, outputOf, schemaAt, TYPES } from './control-types.ts';
import { docstring, PythonWriter } from './python-of.ts';
import type { JsonSchema } from './typescript-of.ts';

/** The types and the calls of the kit for pytest, from the schemas of the control API. */

const FOLDER = 'pytest-tieline/src/pytest_tieline';
const HEADER =
  '# Generated from the schemas of the control API by `npm run control-types`.\n' +
  'from __future__ import annotations\n\n';
const INDENT = '    ';

/** The clock's methods are written by hand, because they take and return moments. */
const METHODS = Object.entries(CONTROL_CALLS).filter(([name]) => !name.startsWith('clock.'));

/** The text of each generated file, by its path. */
export function controlPython(): ReadonlyMap<string, string> {
  const writer = new PythonWriter();
  const declared = Object.values(TYPES).flatMap((types) =>
    Object.entries(types).map(([name, place]) =>
      writer.declare(name, schemaAt(place), docOf(place)),
    ),
  );
  const imports =
    'import sys\nfrom typing import Any, Literal\n\n' +
    'if sys.version_info >= (3, 11):\n' +
    `${INDENT}from typing import NotRequired, TypedDict\n` +
    `else:\n${INDENT}from typing_extensions import NotRequired, TypedDict\n\n`;
  return new Map([
    [`${FOLDER}/control_types.py`, `${HEADER}${imports}${declared.join('\n\n')}`],
    [`${FOLDER}/control_calls.py`, callsFile(writer)],
  ]);
}

export function writeControlPython(): void {
  for (const [path, text] of controlPython()) writeFileSync(path, text);
}

function callsFile(writer: PythonWriter): string {
  const methods = METHODS.map(([name, id]) => methodOf(name, id, writer)).join('\n');
  const names = Object.values(TYPES).flatMap((types) => Object.keys(types));
  const used = names.filter((name) => new RegExp(`\\b${name}\\b`).test(methods)).toSorted();
  return (
    `${HEADER}from collections.abc import Mapping\nfrom typing import Any\n\n` +
    `from .control_types import (\n${used.map((name) => `${INDENT}${name},\n`).join('')})\n` +
    'from .path_part import path_part\n\n\n' +
    `class ControlCalls:\n${INDENT}"""The calls of the control API, except those of the clock."""\n\n` +
    `${INDENT}def _call(\n${INDENT.repeat(2)}self,\n${INDENT.repeat(2)}method: str,\n` +
    `${INDENT.repeat(2)}path: str,\n${INDENT.repeat(2)}body: object = None,\n` +
    `${INDENT.repeat(2)}query: Mapping[str, Any] | None = None,\n${INDENT}) -> Any:\n` +
    `${INDENT.repeat(2)}raise NotImplementedError\n\n${methods}`
  );
}

function methodOf(name: string, id: string, writer: PythonWriter): string {
  const endpoint = ROUTES.control.find((one) => one.id === id);
  if (!endpoint) throw new Error(`there is no call ${id}`);
  const parts = [...endpoint.path.matchAll(/:(\w+)/g)].map(([, part = '']) => argumentOf(part));
  const input = inputParts(endpoint, writer);
  const answer = answerParts(endpoint, writer);
  const taken = ['self', ...parts.map((part) => `${part}: str`), ...input.taken];
  const path = endpoint.path
    .replace('/_tieline', '')
    .replaceAll(/:(\w+)/g, (_, part: string) => `{path_part(${argumentOf(part)})}`);
  const text = parts.length > 0 ? `f"${path}"` : `"${path}"`;
  const call = `self._call("${endpoint.method}", ${text}${input.sent})`;
  const deeper = INDENT.repeat(2);
  return (
    `${INDENT}def ${snake(name)}(${taken.join(', ')}) -> ${answer.type}:\n` +
    docstring(endpoint.summary, deeper).replace(/\n\n$/, '\n') +
    (answer.type === 'None'
      ? `${deeper}${call}\n`
      : `${deeper}answer: ${answer.type} = ${call}${answer.field}\n${deeper}return answer\n`)
  );
}

interface Input {
  readonly taken: readonly string[];
  readonly sent: string;
}

/** The argument of a call with fields, and how it is sent. A call of a name alone takes the name. */
function inputParts(endpoint: ControlEndpoint, writer: PythonWriter): Input {
  const schema = inputOf(endpoint);
  if (!schema) {
    return { taken: [], sent: endpoint.method === 'POST' ? ', {}' : '' };
  }
  const { required = [], properties } = schema;
  if (Object.keys(properties ?? {}).join() === 'name') {
    return { taken: ['name: str'], sent: ', {"name": name}' };
  }
  const type = writer.typeOf(schema);
  const isOptional = properties !== undefined && required.length === 0;
  const taken = isOptional ? `fields: ${type} | None = None` : `fields: ${type}`;
  const given = isOptional ? 'fields or {}' : 'fields';
  return {
    taken: [taken],
    sent: endpoint.method === 'GET' ? `, query=${given}` : `, ${given}`,
  };
}

/** The type of an answer. An answer with one list is the list. */
function answerParts(endpoint: ControlEndpoint, writer: PythonWriter) {
  const schema = outputOf(endpoint);
  if (!schema) return { type: 'None', field: '' };
  const [[name, list] = ['', {} as JsonSchema], ...others] = Object.entries(
    schema.properties ?? {},
  );
  if (others.length === 0 && list.type === 'array') {
    return { type: writer.typeOf(list), field: `["${name}"]` };
  }
  return { type: writer.typeOf(schema), field: '' };
}

/** The argument for a part of a path: `name` for `SnapshotName`. */
function argumentOf(part: string): string {
  return part.replace(/^[A-Z]\w*(?=[A-Z])/, '').toLowerCase();
}

function snake(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
