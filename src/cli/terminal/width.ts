import { DEFAULT_ICON } from '../../core/app.ts';

/** The width of a text in columns of the terminal. */
export type Width = (text: string) => number;

/** Each character of these texts takes one column. */
const PLAIN = /^[\x20-\x7e…]*$/;

/** Right for printable ASCII and for the default icon. */
export const simpleWidth: Width = (text) => (text === DEFAULT_ICON ? 2 : text.length);

export function isSimple(text: string): boolean {
  return PLAIN.test(text) || text === DEFAULT_ICON;
}

/**
 * How wide these texts are. The tables of Unicode take longer to load than a short command runs, so they are loaded only if one of
 * the texts needs them.
 */
export async function widthFor(texts: Iterable<string>): Promise<Width> {
  const others = [...new Set(texts)].filter((text) => !isSimple(text));
  if (others.length === 0) return simpleWidth;
  const { default: stringWidth } = await import('string-width');
  return (text) => (isSimple(text) ? simpleWidth(text) : stringWidth(text));
}
