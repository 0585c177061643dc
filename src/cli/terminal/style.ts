import { own } from './sink.ts';

/** The colours and weights that the command line uses, as the numbers of SGR (ECMA-48). */
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

export type Look = keyof typeof SGR;

/** Gives a text a look, or leaves it as it is where nobody wants colours. */
export type Paint = (look: Look, text: string) => string;

export const unpainted: Paint = (_look, text) => text;

export const painted: Paint = (look, text) => {
  const [on, off] = SGR[look];
  return text === '' ? '' : `${own(`[${on}m`)}${text}${own(`[${off}m`)}`;
};

/** For things that are told apart by colour, and mean nothing by it. */
const NAMES: readonly Look[] = [
  'cyan',
  'green',
  'magenta',
  'blue',
  'yellow',
  'brightCyan',
  'brightMagenta',
  'brightBlue',
];

/** The same look for the same name, in every command and at every time. */
export function lookOf(name: string): Look {
  let hash = 0;
  for (const character of name) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) >>> 0;
  return NAMES[hash % NAMES.length] ?? 'cyan';
}
