/**
 * What an operation of several steps is about to do: committed before the first step, taken back with
 * the last one. Where a control plane was killed in between, the next one finishes or undoes it.
 */
export type Intent =
  | { readonly operation: 'RENAME'; readonly from: string; readonly to: string; readonly actor: string }
  | { readonly operation: 'REMOVE'; readonly actor: string }
  | { readonly operation: 'ICON' }
  | {
      readonly operation: 'ACTIVATE';
      /** The release to go back to; null where there was none. */
      readonly from: string | null;
      readonly to: string;
    };
