/** The control plane's own diagnostics; not an app's log. `data` may hold an error under `err`. */
export interface Logger {
  info(data: object, message: string): void;
  warn(data: object, message: string): void;
  error(data: object, message: string): void;
}
