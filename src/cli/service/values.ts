import type { ServiceSpec } from './plan.ts';

/**
 * Why a value of the service cannot be written into a unit or property list; null: all can. Both are text files: a line break would start
 * another setting, which the service manager of root obeys, and a backslash at the end would join the next line.
 */
export function unwritableValue({
  command,
  workingDirectory,
  environment,
  user,
}: ServiceSpec): string | null {
  const values: readonly (readonly [what: string, value: string])[] = [
    ['the data directory', workingDirectory],
    ...command.map((part) => ['the path of this program', part] as const),
    ...(user === null ? [] : [['--user-name', user] as const]),
    ...Object.entries(environment),
  ];
  for (const [what, value] of values) {
    const why = problemOf(value);
    if (why !== null) return `${what} ${why}, and the file of a service cannot hold that: use another value`;
  }
  // systemd cuts it off, and would use another directory.
  return /\s$/.test(workingDirectory)
    ? 'the data directory ends with a space, and the file of a service cannot hold that: use another directory'
    : null;
}

function problemOf(value: string): string | null {
  const control = /[\x00-\x1f\x7f-\x9f]/.exec(value)?.[0];
  if (control !== undefined) {
    const code = control.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
    return `contains a control character (U+${code})`;
  }
  return value.endsWith('\\') ? 'ends with a backslash' : null;
}
