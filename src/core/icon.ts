/** The longest text that is not one single cluster, in code points (docs/behavior.md B-13). */
const MAX_CODE_POINTS = 16;

/**
 * The longest cluster, in code points. The longest emoji take about ten; without an end, a letter with
 * thousands of accents would be one cluster too.
 */
const MAX_CLUSTER_CODE_POINTS = 64;

/** Controls, line and paragraph separators, and the marks that turn the direction of the text after them. */
const CONTROL = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

/** Half of a pair that stands alone: no text in any encoding. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * Says why a text is not an icon, or null where it is one: one grapheme cluster, or a short string, without
 * control characters.
 */
export function iconProblem(icon: string): string | null {
  if (icon.trim() === '') return 'An icon must not be empty';
  if (LONE_SURROGATE.test(icon)) return 'An icon must be well-formed text: this one holds half a character';
  if (CONTROL.test(icon)) return 'An icon must not contain control characters';
  const length = [...icon].length;
  if (length <= MAX_CODE_POINTS) return null;
  if (length <= MAX_CLUSTER_CODE_POINTS && isOneCluster(icon)) return null;
  return `An icon is one character as a person counts, or at most ${MAX_CODE_POINTS} code points: this one has ${length}`;
}

function isOneCluster(text: string): boolean {
  const clusters = new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(text)[Symbol.iterator]();
  clusters.next();
  return clusters.next().done === true;
}
