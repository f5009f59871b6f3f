type Method = 'GET' | 'POST' | 'DELETE';

/**
 * The methods of a route: HEAD is answered wherever GET is, and Node leaves the body out. Fastify
 * would make a second route for it, and each costs a part of every start.
 */
export function routedMethods(method: Method): (Method | 'HEAD')[] {
  return method === 'GET' ? ['GET', 'HEAD'] : [method];
}
