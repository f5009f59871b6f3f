/** What browsers may show by themselves; SVG is not among it, as it can hold scripts. */
const SHOWN = /^(?:image\/(?:png|jpeg|gif|webp|bmp)|audio\/[\w.+-]+|video\/[\w.+-]+)$/;

/** How a page can show a file: as a picture, sound, a film, or not at all. */
export function shownAs(type: string): 'image' | 'audio' | 'video' | null {
  if (!SHOWN.test(type)) return null;
  return type.split('/')[0] as 'image' | 'audio' | 'video';
}

/**
 * The headers of a file that somebody else made: it is shown or saved under this name, without
 * leave to run anything.
 */
export function fileHeaders(name: string, type: string): Record<string, string> {
  const disposition = shownAs(type) === null ? 'attachment' : 'inline';
  return {
    'content-disposition': `${disposition}; filename="${name}"`,
    'content-security-policy': "default-src 'none'; sandbox",
  };
}
