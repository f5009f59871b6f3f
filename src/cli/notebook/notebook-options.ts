import { DEFAULT_PORT } from '../../config.ts';

export const DEFAULT_BASE_URL = `http://localhost:${DEFAULT_PORT}`;

/** The flags of `tieline notebook run`, as text. */
export interface NotebookOptions {
  readonly baseUrl?: string;
  readonly serve?: boolean;
  readonly accountSid?: string;
  readonly authTokenFile?: string;
  readonly answer?: readonly string[];
  readonly answers?: string;
  readonly param?: readonly string[];
  readonly yes?: boolean;
  readonly no?: boolean;
  readonly cell?: readonly string[];
  readonly from?: string;
  readonly until?: string;
  readonly bail?: boolean;
  readonly timeout?: string;
  readonly report?: readonly string[];
  readonly redact?: readonly string[];
  readonly allowOrigin?: readonly string[];
  readonly map?: readonly string[];
  readonly offline?: boolean;
  readonly watch?: boolean;
  readonly list?: boolean;
}
