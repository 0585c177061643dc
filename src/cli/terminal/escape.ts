const CONTROL = /[\x00-\x1f\x7f-\x9f]/g;
/** Characters that change the direction of text, so that a name can read as another one. */
const DIRECTION = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029]/g;
/** Those that affect more than their word, and other line ends. In log lines, direction marks within a word are normal text. */
const LONG_RANGE = /[\u202a-\u202e\u2066-\u2069\u2028\u2029]/g;
/** A control sequence (CSI); a control string (OSC, DCS, SOS, PM, APC) to its end; or a control character. */
const CONTROL_SEQUENCE =
  /\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|[\x00-\x1f\x7f-\x9f]/g;
const COLOR = /^\x1b\[[0-9;:]*m$/;

/** Makes foreign text harmless for a table or a message: one line, without anything that a terminal obeys. */
export function plain(text: string): string {
  return text.replace(CONTROL, picture).replace(DIRECTION, '\u{fffd}');
}

/** The same for text with several lines, or with tabs. */
export function plainText(text: string): string {
  return text
    .replace(CONTROL, (found) => (found === '\n' || found === '\t' ? found : picture(found)))
    .replace(DIRECTION, '\u{fffd}');
}

/**
 * Makes a log line harmless for a terminal. Sequences that move the cursor, set the title, or write to the clipboard are removed. Other control
 * characters are shown.
 * @param colors whether color sequences stay
 */
export function forTerminal(text: string, colors: boolean): string {
  let colored = false;
  const shown = text.replace(LONG_RANGE, '\u{fffd}').replace(CONTROL_SEQUENCE, (found) => {
    if (colors && COLOR.test(found)) {
      colored = true;
      return found;
    }
    if (found.length > 1) return '';
    return found === '\t' ? found : picture(found);
  });
  return colored ? `${shown}\x1b[0m` : shown;
}

/** The Unicode symbol for a control character, or U+FFFD if it has none. */
function picture(character: string): string {
  const code = character.charCodeAt(0);
  if (code < 0x20) return String.fromCodePoint(0x2400 + code);
  return code === 0x7f ? '\u2421' : '\u{fffd}';
}
