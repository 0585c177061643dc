import { Option } from 'commander';
import { flagOf, SETTINGS, type Setting, type SettingKey } from '../config/settings.ts';

const GROUPS: Readonly<Record<Setting['group'], string>> = {
  main: 'Where and how:',
  keeping: 'What is kept:',
  times: 'Times (units: ms, s, m, h, d):',
};

/** The flags of `serve`, one for each setting. */
export function settingsOptions(): Option[] {
  return Object.values(SETTINGS).map((setting: Setting) => {
    const { placeholder, bare } = setting.kind;
    const value = bare ? `[${placeholder}]` : `<${placeholder}>`;
    const initial = setting.initial === null ? '' : ` (default: ${setting.initial})`;
    const help = `${setting.help}${initial} [${setting.variable}]`;
    return new Option(`${flagOf(setting)} ${value}`, help).helpGroup(GROUPS[setting.group]);
  });
}

/** What the flags said, by setting. A flag that stands alone says yes. */
export function settingsFlags(
  options: Readonly<Record<string, unknown>>,
): Partial<Record<SettingKey, string>> {
  const said = Object.keys(SETTINGS).filter((key) => options[key] !== undefined);
  return Object.fromEntries(said.map((key) => [key, options[key] === true ? 'yes' : options[key]]));
}
