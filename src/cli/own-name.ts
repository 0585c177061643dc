import { readShellPath } from '../config.ts';
import { ownCommand } from '../host/own-command.ts';

let name: string | null = null;

/** How a person calls this program in their shell, for messages that name a command: `toehold`, or `npx toehold` if it is not on PATH. */
export function toehold(): string {
  name ??= ownCommand(readShellPath());
  return name;
}
