/** The methods that the server knows. A request with another one finds no route. */
export const ROUTED_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

export type RoutedMethod = (typeof ROUTED_METHODS)[number];

/** The methods of a route. Every GET route answers HEAD too, and Node leaves the body out. */
export function routedMethods(method: 'GET' | 'POST' | 'DELETE'): RoutedMethod[] {
  return method === 'GET' ? ['GET', 'HEAD'] : [method];
}
