/**
 * Node's module of HTTP. An `import` of its values would load all of `fetch` with them, for the
 * one of its exports that is made of it, and delay every start by what several features take.
 */
export const { createServer, request, STATUS_CODES } = process.getBuiltinModule('node:http');
