import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { appName } from '../support/apps.ts';
import type { Toehold } from '../support/toehold.ts';

const INTERVAL = 500;

/** Gives an app a versioned layout: two releases, and `current` points to the first. */
export function makeReleases(appsDir: string, name: string, script: string): void {
  for (const release of RELEASES) {
    const directory = join(appsDir, name, release);
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, 'package.json'), JSON.stringify({ scripts: { toes: script } }));
  }
  const link = join(appsDir, name, 'current');
  renameSync(link, join(appsDir, name, 'before'));
  symlinkSync(RELEASES[0], link);
}

const RELEASES = ['20260101-000000', '20260102-000000'] as const;

/** Commands and queries as people give them, one after another, until the signal aborts. @returns how many were given */
export async function giveCommands(
  toehold: Toehold,
  { calm, released }: { readonly calm: readonly number[]; readonly released: readonly number[] },
  signal: AbortSignal,
): Promise<number> {
  let given = 0;
  while (!signal.aborted) {
    given += 1;
    const app = `app: { name: "${appName(pick(calm, given))}" }`;
    const release = RELEASES[Math.floor(given / released.length) % 2];
    const versioned = `app: { name: "${appName(pick(released, given))}" }`;
    const documents = [
      `mutation { restartApp(input: { ${app} }) { __typename } }`,
      `mutation { stopApp(input: { ${app}, wait: true }) { __typename } }`,
      `mutation { startApp(input: { ${app}, wait: true }) { __typename } }`,
      `mutation { setAppIcon(input: { ${app}, icon: "${given % 2 === 0 ? '🐢' : '🐇'}" }) { __typename } }`,
      `mutation { activateRelease(input: { ${versioned}, release: "${release}" }) { __typename } }`,
      '{ apps { nodes { name state url port { port state } run { id pid } } } }',
      '{ logs(last: 50, filter: { contains: "line" }) { nodes { text at } } }',
      '{ events(last: 50) { nodes { __typename at } } }',
    ];
    await toehold.ask(documents[given % documents.length] ?? '');
    await pause(INTERVAL);
  }
  return given;
}

function pick(numbers: readonly number[], index: number): number {
  return numbers[index % numbers.length] ?? 0;
}
