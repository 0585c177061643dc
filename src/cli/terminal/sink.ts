import { plainText } from './escape.ts';

// The only place where a command writes to standard output and standard error. Control characters in a text come from elsewhere, so they are
// shown. The program's own control sequences carry a random mark that no other text can contain.

let made: string | null = null;

/** Made when the first text is painted, because most commands paint none and loading the random numbers takes time. */
function ownMark(): string {
  made ??= `\ufdd0${Buffer.from(crypto.getRandomValues(new Uint8Array(8))).toString('hex')}\ufdd1`;
  return made;
}

/** Marks a control sequence of the program. @param sequence without its escape character (`[31m`), or a carriage return */
export function own(sequence: string): string {
  return `${ownMark()}${sequence}`;
}

/** Marks the escape characters in a text that is already harmless. */
export function ownEscapes(text: string): string {
  return text.includes('\x1b') ? text.replaceAll('\x1b', ownMark()) : text;
}

/** Whether a text contains the program's own sequences. */
export function isPainted(text: string): boolean {
  return made !== null && text.includes(made);
}

/** The text for a terminal: with lines, tabs, and the program's own sequences, and nothing else that a terminal obeys. */
export function shown(text: string): string {
  if (made === null) return plainText(text);
  return text
    .split(made)
    .map((part, index) => {
      if (index === 0) return plainText(part);
      return part.startsWith('\r') ? `\r${plainText(part.slice(1))}` : `\x1b${plainText(part)}`;
    })
    .join('');
}

/** The unescaped text with the program's own sequences, for a pipe that gets logs byte for byte. */
export function raw(text: string): string {
  return made === null ? text : text.replaceAll(`${made}\r`, '\r').replaceAll(made, '\x1b');
}

/** JSON in which every character that a terminal obeys is escaped. */
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
