import type { AppState } from './app.ts';
import type { ProcessExit, RunId } from './run.ts';

/** Who listens on a port, as far as the system shows it. */
export interface PortHolder {
  readonly pid: number | null;
  readonly command: string | null;
}

/**
 * An expected failure of a command: a value that the caller can act on, never thrown.
 * The codes are the contract's `ErrorCode`.
 */
export type DomainError =
  | {
      readonly code: 'APP_NOT_FOUND';
      readonly message: string;
      /** What the client asked for. */
      readonly asked?: { readonly id: string | null; readonly name: string | null };
    }
  | { readonly code: 'APP_INVALID'; readonly message: string }
  | { readonly code: 'APP_BUSY'; readonly message: string; readonly state: AppState }
  | {
      readonly code: 'START_FAILED';
      readonly message: string;
      readonly exit: ProcessExit | null;
      /** The run whose last log lines say more. */
      readonly run: RunId | null;
    }
  | { readonly code: 'STOP_FAILED'; readonly message: string }
  | { readonly code: 'NAME_TAKEN'; readonly message: string }
  | { readonly code: 'PORT_UNAVAILABLE'; readonly message: string; readonly holder: PortHolder | null }
  | {
      readonly code: 'NAME_INVALID' | 'ICON_INVALID' | 'RELEASE_NOT_FOUND' | 'INVALID_INPUT';
      readonly message: string;
      /** Where in the input. */
      readonly path: readonly string[];
    }
  | { readonly code: 'RENAME_FAILED' | 'OPERATION_FAILED'; readonly message: string };

export type ErrorCode = DomainError['code'];

/** The answer of a command. */
export type Result<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: DomainError };

export function ok<T>(value: T): Result<T> {
  return { ok: true, value };
}

export function failed(error: DomainError): Result<never> {
  return { ok: false, error };
}

/** The sentence of an error that may be anything: for a message, never for a decision. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
