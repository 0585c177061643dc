/**
 * The server's own log, not an app's. `data` may have an error under `err`, which is logged with its stack. Never
 * throws.
 */
export interface Logger {
  info(data: object, message: string): void;
  warn(data: object, message: string): void;
  error(data: object, message: string): void;
}
