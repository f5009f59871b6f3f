type Method = 'GET' | 'POST' | 'DELETE';

/**
 * The methods of a route. Every GET route answers HEAD too, and Node leaves the body out. Fastify's
 * own way makes a second route for HEAD, and each additional route makes the start slower.
 */
export function routedMethods(method: Method): (Method | 'HEAD')[] {
  return method === 'GET' ? ['GET', 'HEAD'] : [method];
}
