/** Longer lists and patterns are no person's, and are passed over. */
const MOST_PATTERNS = 1_000;
const LONGEST = 1_000;
const MOST_ALTERNATIVES = 64;

/**
 * Whether the `workspaces` of a package.json name a directory, as package managers read them: `*`, `?`, `[a-z]`, `**`,
 * `{a,b}`; a later pattern that begins with `!` takes a directory out again. Takes time in proportion to pattern
 * and path, whatever they say: patterns come from apps, and a regular expression made of them could take for ever.
 * @param path the directory, relative to that package.json, with slashes.
 */
export function namesWorkspace(workspaces: unknown, path: string): boolean {
  const segments = path.split('/');
  if (segments.includes('..') || segments.includes('node_modules')) return false;
  let named = false;
  for (const pattern of patternsOf(workspaces)) {
    const negates = pattern.startsWith('!');
    if (named !== negates) continue;
    const alternatives = alternativesOf(negates ? pattern.slice(1) : pattern);
    if (alternatives.some((alternative) => fitsPath(alternative, segments))) named = !negates;
  }
  return named;
}

/** Whether the field says anything: `["packages/*"]`, or `{ "packages": ["packages/*"] }`. */
function patternsOf(workspaces: unknown): string[] {
  const list = Array.isArray(workspaces)
    ? workspaces
    : (workspaces as { packages?: unknown } | null)?.packages;
  if (!Array.isArray(list)) return [];
  return list
    .slice(0, MOST_PATTERNS)
    .filter((pattern) => typeof pattern === 'string' && pattern.length <= LONGEST);
}

/** `a/{b,c}` is `a/b` and `a/c`. Braces within braces are taken as they stand. */
function alternativesOf(pattern: string): string[] {
  let found = [''];
  for (const part of pattern.split(/(\{[^{}]*,[^{}]*\})/)) {
    const choices = part.startsWith('{') && part.includes(',') ? part.slice(1, -1).split(',') : [part];
    found = found.flatMap((begin) => choices.map((choice) => begin + choice)).slice(0, MOST_ALTERNATIVES);
  }
  return found;
}

function fitsPath(pattern: string, segments: readonly string[]): boolean {
  const parts = pattern.split('/').filter((part) => part !== '' && part !== '.');
  return fitsAll(parts, segments, (part) => part === '**', fitsSegment);
}

function fitsSegment(pattern: string, name: string): boolean {
  if (name.startsWith('.') && !pattern.startsWith('.')) return false;
  const tokens = pattern.match(/\[[^\]]+\]|./gsu) ?? [];
  return fitsAll(tokens, [...name], (token) => token === '*', fitsCharacter);
}

function fitsCharacter(token: string, character: string): boolean {
  if (token === '?') return true;
  if (token.length <= 2 || !token.startsWith('[')) return token === character;
  const excludes = token[1] === '!' || token[1] === '^';
  const inside = [...token.slice(excludes ? 2 : 1, -1)];
  const within = inside.some(
    (from, at) =>
      from === character ||
      (inside[at + 1] === '-' && from <= character && character <= (inside[at + 2] ?? '')),
  );
  return within !== excludes;
}

/** Where a star fits any number of items, to try again behind the last star is enough. */
function fitsAll(
  pattern: readonly string[],
  items: readonly string[],
  isStar: (part: string) => boolean,
  fits: (part: string, item: string) => boolean,
): boolean {
  let next = 0;
  let behindStar = -1;
  let starEnd = 0;
  for (let at = 0; at < items.length; ) {
    const part = pattern[next];
    if (part !== undefined && isStar(part)) {
      next++;
      behindStar = next;
      starEnd = at;
    } else if (part !== undefined && fits(part, items[at] ?? '')) {
      next++;
      at++;
    } else if (behindStar >= 0) {
      next = behindStar;
      starEnd++;
      at = starEnd;
    } else return false;
  }
  return pattern.slice(next).every(isStar);
}
