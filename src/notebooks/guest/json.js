// @ts-check

// Writes JSON. A cell may add `toJSON` to all objects, so `stringify` gets only values that are not
// objects.

const { keys } = Object;
const { stringify } = JSON;
const { isArray } = Array;

/** @type {(value: any) => string} */
const json = (value) => {
  if (value === null || typeof value !== 'object') return stringify(value) ?? 'null';
  let text = '';
  if (isArray(value)) {
    for (let at = 0; at < value.length; at += 1) text += (at > 0 ? ',' : '') + json(value[at]);
    return `[${text}]`;
  }
  const names = keys(value);
  for (let at = 0; at < names.length; at += 1) {
    const name = /** @type {string} */ (names[at]);
    text += `${(at > 0 ? ',' : '') + stringify(name)}:${json(value[name])}`;
  }
  return `{${text}}`;
};

/** @type {() => (value: any) => string} */
export const open = () => json;
