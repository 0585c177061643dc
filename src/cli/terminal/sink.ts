import { randomBytes } from 'node:crypto';
import { plainText } from './escape.ts';

// The one place where a command writes to standard output and standard error. Whatever is a control character in a text
// was written by somebody else, and is shown instead of obeyed; the program's own sequences carry a mark that nobody
// else can know.

const OWN = `\ufdd0${randomBytes(8).toString('hex')}\ufdd1`;

/** A control sequence of the program's own, less its escape character: `[31m`; or a carriage return. */
export function own(sequence: string): string {
  return `${OWN}${sequence}`;
}

/** Marks what is left of escape characters in a text that was made harmless otherwise. */
export function ownEscapes(text: string): string {
  return text.replaceAll('\x1b', OWN);
}

/** Whether the program's own sequences are in it. */
export function isPainted(text: string): boolean {
  return text.includes(OWN);
}

/** The text as a terminal may get it: lines and tabs, and the program's own sequences. */
export function shown(text: string): string {
  return text
    .split(OWN)
    .map((part, index) => {
      if (index === 0) return plainText(part);
      return part.startsWith('\r') ? `\r${plainText(part.slice(1))}` : `\x1b${plainText(part)}`;
    })
    .join('');
}

/** The text as it is, with the program's own sequences: for what a pipe must get byte for byte. */
export function raw(text: string): string {
  return text.replaceAll(`${OWN}\r`, '\r').replaceAll(OWN, '\x1b');
}

/** JSON that says the same and holds no character that a terminal obeys. */
export function jsonText(value: unknown, indent = 0): string {
  const text = JSON.stringify(value, null, indent) ?? 'null';
  return text.replace(
    /[\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

export function toStdout(text: string): void {
  process.stdout.write(shown(text));
}

export function toStderr(text: string): void {
  process.stderr.write(shown(text));
}
