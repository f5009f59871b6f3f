import { readFileSync } from 'node:fs';
import type { Message, Session } from './demo-memory.ts';
import type { DemoSettings } from './demo-settings.ts';

const read = (name: string) => readFileSync(new URL(name, import.meta.url));
const FILES: ReadonlyMap<string, { readonly type: string; readonly bytes: Buffer }> = new Map([
  ['/style.css', { type: 'text/css; charset=utf-8', bytes: read('demo.css') }],
  ['/icon.svg', { type: 'image/svg+xml', bytes: read('demo-icon.svg') }],
]);
const COOKIE = 'demo_user';

/** Shows a message on the start page, after a redirect, so that a reload repeats nothing. */
export function say({ home }: DemoSettings, session: Session, message: Message): Response {
  session.message = message;
  return redirect(home);
}

export function redirect(location: string): Response {
  return new Response(null, { status: 303, headers: { location } });
}

export function redirectAs(settings: DemoSettings, session: Session): Response {
  const response = redirect(settings.home);
  setCookie(response, settings, session);
  return response;
}

export function setCookie(response: Response, { home }: DemoSettings, { id }: Session): void {
  const { pathname, protocol } = new URL(home);
  const secure = protocol === 'https:' ? '; Secure' : '';
  response.headers.append(
    'set-cookie',
    `${COOKIE}=${id}; Path=${pathname}; HttpOnly; SameSite=Lax${secure}`,
  );
}

export function cookieOf(request: Request): string | undefined {
  const cookies = request.headers.get('cookie') ?? '';
  return new RegExp(`(?:^|; *)${COOKIE}=([\\w-]{32})(?:;|$)`).exec(cookies)?.[1];
}

/** A file of the pages, by its path below the app's home; null for other paths. */
export function ownFile(path: string): Response | null {
  const file = FILES.get(path);
  if (!file) return null;
  return new Response(new Uint8Array(file.bytes), { headers: { 'content-type': file.type } });
}

/**
 * Makes a page. It may load only its style sheet and the button's image, and no page may frame it.
 */
export async function page(
  { origin }: Pick<DemoSettings, 'origin'>,
  html: string | Promise<string>,
  status = 200,
): Promise<Response> {
  const policy = [
    "default-src 'none'",
    "object-src 'none'",
    "style-src 'self'",
    `img-src 'self' ${new URL(origin).origin}`,
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ];
  const headers = {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': policy.join('; '),
    'referrer-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
  };
  return new Response(await html, { status, headers });
}
