import { own } from './sink.ts';

/** The styles of the command line, as SGR numbers (ECMA-48). */
const SGR = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  blue: [34, 39],
  magenta: [35, 39],
  cyan: [36, 39],
  brightBlue: [94, 39],
  brightMagenta: [95, 39],
  brightCyan: [96, 39],
} as const;

export type Style = keyof typeof SGR;

/** Styles a text, or returns it unchanged if colors are off. */
export type Paint = (style: Style, text: string) => string;

export const unpainted: Paint = (_look, text) => text;

export const painted: Paint = (style, text) => {
  const [on, off] = SGR[style];
  return text === '' ? '' : `${own(`[${on}m`)}${text}${own(`[${off}m`)}`;
};

/** Styles that only distinguish names, without a meaning. */
const NAMES: readonly Style[] = [
  'cyan',
  'green',
  'magenta',
  'blue',
  'yellow',
  'brightCyan',
  'brightMagenta',
  'brightBlue',
];

/** The style of the name at this place in a list: neighbors get different ones. */
export function styleAt(index: number): Style {
  return NAMES[index % NAMES.length] ?? 'cyan';
}

/** A style for a name: always the same one for the same name. */
export function styleOf(name: string): Style {
  let hash = 0;
  for (const character of name) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) >>> 0;
  return styleAt(hash);
}
