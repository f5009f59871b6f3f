declare module '@11ty/eleventy' {
  /** The part of Eleventy's configuration that the documentation uses. */
  interface Configuration {
    readonly ignores: Set<string>;
    setTemplateFormats(formats: readonly string[]): void;
    setLibrary(format: string, library: unknown): void;
    addTemplate(name: string, text: string, data?: object): void;
    addGlobalData(name: string, data: unknown): void;
    addTransform(
      name: string,
      transform: (this: Transformed, content: string) => Promise<string>,
    ): void;
  }
  /** The page that a transform changes. */
  interface Transformed {
    readonly page: { readonly inputPath: string };
  }
  interface Options {
    readonly quietMode: boolean;
    readonly config: (configuration: Configuration) => void;
  }
  export class Eleventy {
    constructor(input: string, output: string, options: Options);
    write(): Promise<unknown>;
  }
}
