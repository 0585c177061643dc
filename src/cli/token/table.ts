import type { Token } from '../../core/access.ts';

const HEAD = ['ID', 'NAME', 'KIND', 'ROLE', 'CREATED', 'EXPIRES', 'LAST USED'];

/** The tokens as lines whose columns stand below one another. */
export function tokenTable(tokens: readonly Token[]): string[] {
  const rows = tokens.map(({ id, name, kind, role, createdAt, expiresAt, lastUsedAt }) => [
    ...[id, name, kind, role, minute(createdAt)],
    ...[expiresAt === null ? 'never' : minute(expiresAt), lastUsedAt === null ? 'never' : minute(lastUsedAt)],
  ]);
  const table = [HEAD, ...rows];
  const widths = HEAD.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  return table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** To the minute, in UTC: `2030-01-01 10:20Z`. */
function minute(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')}Z`;
}
