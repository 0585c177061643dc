import { parseDotenv } from '../../src/core/dotenv.ts';

export interface Subject {
  /** What brings a text past the first character. */
  readonly beginnings: readonly string[];
  readonly read: (text: string) => unknown;
}

/** What reads texts that others wrote. */
export const SUBJECTS = {
  '.env': { beginnings: ['', "A='", 'A='], read: parseDotenv },
} satisfies Record<string, Subject>;

export type SubjectName = keyof typeof SUBJECTS;
