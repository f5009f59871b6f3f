/** The types that browsers may show on their own. SVG is not among them: it can hold scripts. */
const SHOWN = /^(?:image\/(?:png|jpeg|gif|webp|bmp)|audio\/[\w.+-]+|video\/[\w.+-]+)$/;

/** The element with which a page can show a file; null: a page cannot show it. */
export function shownAs(type: string): 'image' | 'audio' | 'video' | null {
  if (!SHOWN.test(type)) return null;
  return type.split('/')[0] as 'image' | 'audio' | 'video';
}

/**
 * The headers of a file from another source. A browser shows or saves it under this name and runs
 * nothing in it.
 */
export function fileHeaders(name: string, type: string): Record<string, string> {
  const disposition = shownAs(type) === null ? 'attachment' : 'inline';
  return {
    'content-disposition': `${disposition}; filename="${name}"`,
    'content-security-policy': "default-src 'none'; sandbox",
  };
}
