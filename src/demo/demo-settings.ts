/** What a Connect app has to know of itself, and of the platform that it was registered with. */
export interface DemoSettings {
  /** The platform: where its API is, and where the Connect button leads. */
  readonly origin: string;
  /** The address of this app itself, without a closing slash, as its users see it. */
  readonly home: string;
  /** The app's owner: the developer's own account, and its auth token. */
  readonly account_sid: string;
  readonly auth_token: string;
  readonly connect_app_sid: string;
  /** The image in the button's HTML, as the platform's console hands it out. */
  readonly button_image: string;
  /** Whether the app was registered with "sign the redirect"; then nothing unsigned counts. */
  readonly signed_redirect: boolean;
  /** The time in milliseconds since 1970. */
  readonly now: () => number;
}
