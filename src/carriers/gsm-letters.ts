/** The default alphabet of GSM 03.38 in the order of its codes, without the escape at 0x1B. */
export const GSM_BASIC =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?' +
  '¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà';

/** The letters of the extension table, each behind an escape. */
export const GSM_EXTENSION = '\f^{}\\[~]|€';
