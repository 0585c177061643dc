/** What a service manager must know to run the server. Paths are absolute. */
export interface ServiceSpec {
  /** Program and arguments. */
  readonly command: readonly string[];
  readonly workingDirectory: string;
  readonly environment: Readonly<Record<string, string>>;
  /** The account that a service of the whole machine runs as; null: root, or the user's own service. */
  readonly user: string | null;
}

/** What `install` does, whichever service manager it is for. */
export interface ServicePlan {
  readonly path: string;
  readonly text: string;
  /** Run after the file is written, in order. */
  readonly start: readonly (readonly string[])[];
  /** Run before the file is removed. */
  readonly stop: readonly (readonly string[])[];
  /** Run after it was removed. */
  readonly afterwards: readonly (readonly string[])[];
  /** What a person should know or do besides, a sentence each. */
  readonly advice: readonly string[];
}
