import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { flagOf, SETTINGS, type Setting } from '../src/config/settings.ts';

const README = fileURLToPath(new URL('../README.md', import.meta.url));
const PLACE = /(<!-- settings -->\n)[\s\S]*?(<!-- \/settings -->)/;

/** The settings as a table of the README's. */
export function settingsTable(): string {
  const rows = Object.values(SETTINGS).map((setting: Setting) => {
    const initial = setting.initial === null ? '' : `\`${setting.initial}\``;
    return `| \`${setting.variable}\` | \`${flagOf(setting)}\` | ${initial} | ${setting.help} |\n`;
  });
  return `| variable | flag | default | |\n|---|---|---|---|\n${rows.join('')}`;
}

/** The README with the table as it is now in its place. */
export function withSettingsTable(readme: string): string {
  return readme.replace(PLACE, (_all, begin: string, end: string) => `${begin}\n${settingsTable()}\n${end}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await writeFile(README, withSettingsTable(await readFile(README, 'utf8')));
}
