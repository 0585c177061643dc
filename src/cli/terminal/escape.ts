const CONTROL = /[\x00-\x1f\x7f-\x9f]/g;
/** They turn around what stands beside them: a name could read as another one. */
const DIRECTION = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029]/g;
/** Those that reach beyond the word that they stand in, and other ends of a line. Marks within a word are writing. */
const FAR = /[\u202a-\u202e\u2066-\u2069\u2028\u2029]/g;
/** A control sequence (CSI); a string for the terminal (OSC, DCS, SOS, PM, APC), to its end; a control character. */
const OBEYED = /\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|[\x00-\x1f\x7f-\x9f]/g;
const COLOR = /^\x1b\[[0-9;:]*m$/;

/** A text of somebody else's as it may stand in a table or a message: one line, and nothing that a terminal obeys. */
export function plain(text: string): string {
  return text.replace(CONTROL, picture).replace(DIRECTION, '\u{fffd}');
}

/** The same for a text that has several lines, or tabs. */
export function plainText(text: string): string {
  return text
    .replace(CONTROL, (found) => (found === '\n' || found === '\t' ? found : picture(found)))
    .replace(DIRECTION, '\u{fffd}');
}

/**
 * A line of an app's log as it may reach a terminal: colors stay, or go where nobody wants them; what would
 * move the cursor, set the title or write to the clipboard goes; what is left of control characters is shown.
 */
export function forTerminal(text: string, colors: boolean): string {
  let colored = false;
  const shown = text.replace(FAR, '\u{fffd}').replace(OBEYED, (found) => {
    if (colors && COLOR.test(found)) {
      colored = true;
      return found;
    }
    if (found.length > 1) return '';
    return found === '\t' ? found : picture(found);
  });
  return colored ? `${shown}\x1b[0m` : shown;
}

/** The symbol that Unicode has for a control character; U+FFFD for those that have none. */
function picture(character: string): string {
  const code = character.charCodeAt(0);
  if (code < 0x20) return String.fromCodePoint(0x2400 + code);
  return code === 0x7f ? '\u2421' : '\u{fffd}';
}
