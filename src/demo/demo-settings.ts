/** The settings of a Connect app: its own data and the address of its platform. */
export interface DemoSettings {
  /** The address of the platform, for its API and the Connect button. */
  readonly origin: string;
  /** The public address of this app, without a trailing slash. */
  readonly home: string;
  /** The account of the app's owner, with its auth token. */
  readonly account_sid: string;
  readonly auth_token: string;
  readonly connect_app_sid: string;
  /** The image of the Connect button, from the HTML that the platform's console shows. */
  readonly button_image: string;
  /** Whether the app was registered with signed redirects. Then unsigned ones are refused. */
  readonly signed_redirect: boolean;
  /** The time in milliseconds since 1970. */
  readonly now: () => number;
}
