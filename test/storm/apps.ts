import { fileURLToPath } from 'node:url';
import { writeAppFolder } from '../support/app-folder.ts';

export const PROGRAM = fileURLToPath(new URL('../fixtures/storm/app.mjs', import.meta.url));

export type Kind = 'quiet' | 'chatty' | 'crashing' | 'deaf' | 'forking' | 'worker';

const KINDS: readonly (readonly [Kind, number])[] = [
  ['quiet', 5],
  ['chatty', 3],
  ['crashing', 4],
  ['deaf', 3],
  ['forking', 3],
  ['worker', 2],
];

/** An app of the storm; its word is its first name, and stays where that changes. */
export interface StormApp {
  readonly word: string;
  readonly kind: Kind;
}

/** Twenty of them. */
export const APPS: readonly StormApp[] = KINDS.flatMap(([kind, count]) =>
  Array.from({ length: count }, (_, index) => ({ word: `${kind}-${index + 1}`, kind })),
);

export async function layOut(appsDir: string): Promise<void> {
  for (const { word, kind } of APPS) {
    const toes = kind === 'worker' ? { port: false } : {};
    await writeAppFolder(appsDir, word, { script: `${process.execPath} ${PROGRAM} ${kind} ${word}`, toes });
  }
}
