/** The environment, with the places of version managers. */
type Environment = Readonly<Record<string, string | undefined>>;

export declare const OLDEST_NODE: string;
export declare function isNewEnough(version: string): boolean;
export declare function versionOf(program: string): string | null;
export declare function findNewerNode(env: Environment): string | null;
export declare function tooOldSentence(): string;
