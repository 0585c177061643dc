/** At most three names that are similar to what was typed, the nearest first. */
export function similar(typed: string, names: readonly string[]): string[] {
  const most = Math.max(1, Math.floor(typed.length * 0.4));
  return names
    .map((name) => ({ name, steps: name.startsWith(typed) && typed !== '' ? 0 : editSteps(typed, name) }))
    .filter(({ steps }) => steps <= most)
    .sort((one, other) => one.steps - other.steps)
    .slice(0, 3)
    .map(({ name }) => name);
}

/** The edit distance: how many letters to insert, delete, replace, or swap with a neighbor. */
function editSteps(from: string, to: string): number {
  let [before, last]: [number[], number[]] = [[], Array.from({ length: to.length + 1 }, (_, index) => index)];
  for (let row = 1; row <= from.length; row++) {
    const line = [row];
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1];
      const swapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      const steps = [
        at(last, column) + 1,
        at(line, column - 1) + 1,
        at(last, column - 1) + (same ? 0 : 1),
        ...(swapped ? [at(before, column - 2) + 1] : []),
      ];
      line.push(Math.min(...steps));
    }
    [before, last] = [last, line];
  }
  return at(last, to.length);
}

function at(line: readonly number[], index: number): number {
  return line[index] ?? Number.POSITIVE_INFINITY;
}
