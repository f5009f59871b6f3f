/** What a client can do with a resource, where the description declares it: HTTP's methods. */
export const VERBS = ['get', 'head', 'put', 'post', 'patch', 'delete'];
