/** The text, or its beginning and `…`. @param most code units. */
export function cutTo(most: number, text: string): string {
  if (text.length <= most) return text;
  // Not in the middle of a pair.
  return `${text.slice(0, most - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
