import { forTerminal, plain } from '../../src/cli/terminal/escape.ts';
import { size, userName } from '../../src/config/values.ts';
import { decodeEventCursor, decodeLogCursor } from '../../src/core/cursor.ts';
import { parseDotenv } from '../../src/core/dotenv.ts';
import { parseManifest } from '../../src/core/manifest.ts';
import { editIcon } from '../../src/core/manifest-edit.ts';
import { releaseTime } from '../../src/core/release.ts';
import { parseStat } from '../../src/host/process-identity.ts';
import { parseListening } from '../../src/host/tcp-sockets.ts';
import { createHostCheck } from '../../src/server/hosts.ts';

export interface Subject {
  /** What brings a text past the first character. */
  readonly beginnings: readonly string[];
  readonly read: (text: string) => unknown;
}

const isOurs = createHostCheck('127.0.0.1', []);

/** What reads texts that others wrote. */
export const SUBJECTS = {
  '.env': { beginnings: ['', "A='", 'A='], read: parseDotenv },
  'a manifest': { beginnings: ['', '{"scripts":{"toes":"', '{"toes":'], read: parseManifest },
  'a value in a manifest': {
    beginnings: ['', '/'],
    read: (text) =>
      parseManifest(
        JSON.stringify({ scripts: { toes: 'x' }, toes: { icon: text, tool: text, health: text } }),
      ),
  },
  'a manifest whose icon is set': {
    beginnings: [''],
    read: (text) => editIcon(`{"toes":{${JSON.stringify(text)}:${JSON.stringify(text)}}}`, 'x'),
  },
  'a cursor, a size, a name, a host, a row of /proc': {
    beginnings: ['', '1 (', ' 0A '],
    read: (text) => {
      for (const decode of [decodeEventCursor, decodeLogCursor]) {
        try {
          decode(text);
        } catch {
          // It is none.
        }
      }
      return [
        releaseTime(text),
        size.parse(text),
        userName.parse(text),
        isOurs(text),
        parseStat(text),
      ].concat(parseListening(text).length);
    },
  },
  'a line on a terminal': {
    beginnings: ['', '\x1b['],
    read: (text) => plain(text) + forTerminal(text, true),
  },
} satisfies Record<string, Subject>;

export type SubjectName = keyof typeof SUBJECTS;
