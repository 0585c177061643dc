import { codeOf } from '../host/files.ts';

/** No file system takes a longer name, in bytes. */
const MAX_NAME_BYTES = 255;

/**
 * Whether a name may be looked up in APPS_DIR at all: one component of a path, and none of those that are
 * ignored there. It keeps every input that is not a directory's name away from the file system.
 */
export function isEntryName(name: string): boolean {
  return (
    name !== '' && !name.startsWith('.') && !/[/\0]/.test(name) && Buffer.byteLength(name) <= MAX_NAME_BYTES
  );
}

/** Whether the error says that there is nothing by this name. */
export function saysAbsent(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG'].includes(codeOf(error));
}
