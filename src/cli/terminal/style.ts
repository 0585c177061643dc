import { own } from './sink.ts';

/** The colors and weights that the command line uses, as the numbers of SGR (ECMA-48). */
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

/** Gives a text a style, or leaves it as it is where nobody wants colors. */
export type Paint = (style: Style, text: string) => string;

export const unpainted: Paint = (_look, text) => text;

export const painted: Paint = (style, text) => {
  const [on, off] = SGR[style];
  return text === '' ? '' : `${own(`[${on}m`)}${text}${own(`[${off}m`)}`;
};

/** For things that are told apart by color, and mean nothing by it. */
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

/** The same style for the same name, in every command and at every time. */
export function styleOf(name: string): Style {
  let hash = 0;
  for (const character of name) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) >>> 0;
  return NAMES[hash % NAMES.length] ?? 'cyan';
}
