/** What `current/package.json` says of an app (BEHAVIOUR A4, A5). */
export interface Manifest {
  /** `scripts.toes`: a line for `sh -c`. */
  readonly script: string;
  /** `toes.icon`; null where the default stands for it. */
  readonly icon: string | null;
  /** `toes.tool`: a label, true for "use the app's name", null where it is no tool. */
  readonly tool: string | true | null;
  /** The path that must answer 2xx; false turns the check off. */
  readonly healthPath: string | false;
  /** False where `toes.install` is false. */
  readonly install: boolean;
  /** False where `toes.port` is false: a worker, which serves nothing. */
  readonly servesPort: boolean;
  /** `toes.api`: the role of the run's own token. */
  readonly api: 'viewer' | 'operator' | null;
  /** What in the manifest was ignored, and why. */
  readonly warnings: readonly string[];
}

/** The manifest, or the one sentence that makes the app INVALID. */
export type ManifestResult =
  | { readonly ok: true; readonly manifest: Manifest }
  | { readonly ok: false; readonly error: string };

export const DEFAULT_HEALTH_PATH = '/';
