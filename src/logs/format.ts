/** The most that is read from a spool at once, and the farthest that a line end is searched backwards. */
export const CHUNK = 64 * 1024;

/** A line's text ends here, in bytes; its rest is skipped. */
export const LINE_LIMIT = 16 * 1024;

/** How many bytes before a mark's end it keeps. */
export const TAIL = 32;

/** The most bytes of one mark: a long silence of the control plane is told in pieces that retention can free. */
export const PIECE = 1024 * 1024;

/** How long a line without an end must be still before it counts as one, in milliseconds. */
export const STILL = 1_000;

/** Spools hold what apps print, secrets too: for the control plane's user alone. */
export const FILE_MODE = 0o600;
export const DIRECTORY_MODE = 0o700;
