/** The characters that all texts of one cache may have together: what is parsed from them takes some 80 times that in bytes. */
const MOST_CHARACTERS = 262_144;

/** A text that is longer is hardly one that comes again and again. */
const LONGEST = 32_768;

export interface TextCache<T> {
  get(text: string): T | undefined;
  set(text: string, value: T): void;
}

/**
 * Keeps what was made of texts that clients send. However many and long they are, it stays small: the text
 * that was used longest ago goes first.
 */
export function createTextCache<T>(mostCharacters = MOST_CHARACTERS, longest = LONGEST): TextCache<T> {
  // In the order of their last use.
  const values = new Map<string, T>();
  let characters = 0;

  function drop(text: string): void {
    if (values.delete(text)) characters -= text.length;
  }

  return {
    get(text) {
      const value = values.get(text);
      if (value === undefined) return undefined;
      values.delete(text);
      values.set(text, value);
      return value;
    },
    set(text, value) {
      if (text.length > longest) return;
      drop(text);
      values.set(text, value);
      characters += text.length;
      for (const oldest of values.keys()) {
        if (characters <= mostCharacters) break;
        drop(oldest);
      }
    },
  };
}
