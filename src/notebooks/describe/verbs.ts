/** The HTTP methods that a description may declare for a resource. */
export const VERBS = ['get', 'head', 'put', 'post', 'patch', 'delete'];
