import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Stray } from '../contracts/discovery.ts';
import { likeName, nameProblem } from '../core/app.ts';
import { releaseTime } from '../core/release.ts';
import { cutTo } from '../core/texts.ts';
import { quoted } from '../host/trust.ts';

type WhyStray = Omit<Stray, 'name'>;

/** What ext4 makes in a file system that is mounted as APPS_DIR. */
const OF_THE_FILE_SYSTEM = 'lost+found';
/** In characters: a reason may show a path. */
const LONGEST = 1_000;
const MOVE_AWAY = 'Make it a directory with current/package.json, or move it away';

/** Of a symlink to a directory without `current`. */
export function linkedStray(target: string): WhyStray {
  return {
    reason: cutTo(LONGEST, `It is a symlink to ${target}, where there is no directory "current"`),
    advice: MOVE_AWAY,
    adopt: null,
  };
}

/**
 * Why a directory of APPS_DIR is no app, and what to do. Null where it is of no interest.
 * @param hasFile whether something is named `current`, and is neither a directory nor a symlink
 */
export async function whyStray(
  { name, directory }: { readonly name: string; readonly directory: string },
  hasFile: boolean,
): Promise<WhyStray | null> {
  if (name === OF_THE_FILE_SYSTEM) return null;
  if (hasFile)
    return {
      reason: 'Its "current" is neither a directory nor a symlink',
      advice: MOVE_AWAY,
      adopt: null,
    };
  const release = await newestRelease(directory);
  if (release !== null) {
    const link = `ln -s ${release} ${quoted(join(directory, 'current'))}`;
    return {
      reason: 'It has releases, and no link "current" to one of them',
      advice: `Make that link: ${link}`,
      adopt: null,
    };
  }
  const reason = 'It has no directory "current"';
  const problem = nameProblem(name);
  if (problem === null) return { reason, advice: 'To make it one', adopt: name };
  const like = likeName(name);
  return {
    reason: `${reason}, and it needs another name: ${problem}`,
    advice: like === null ? MOVE_AWAY : `Rename it to ${like}. To make it an app then`,
    adopt: like,
  };
}

/** The name of the newest release in an app's directory; null: it has none. Names of releases sort by time. */
export async function newestRelease(directory: string): Promise<string | null> {
  const names = await readdir(directory).catch(() => []);
  return (
    names
      .filter((name) => releaseTime(name) !== null)
      .sort()
      .at(-1) ?? null
  );
}
