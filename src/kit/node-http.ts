/**
 * Node's HTTP module. Importing its values with `import` would also load all of `fetch`, because
 * one of its exports needs it, and would delay every start.
 */
export const { createServer, request, STATUS_CODES } = process.getBuiltinModule('node:http');
