import { Option } from 'commander';
import { flagOf, SETTINGS, type Setting, type SettingKey } from '../config/settings.ts';

const GROUPS: Readonly<Record<Setting['group'], string>> = {
  main: 'Where and how:',
  access: 'Who may do what:',
  keeping: 'What is kept:',
  times: 'Times (units: ms, s, m, h, d):',
};

/** The flags of `serve`, one for each setting. */
export function settingsOptions(): Option[] {
  return Object.values(SETTINGS).map((setting: Setting) => {
    const { placeholder, alone } = setting.kind;
    const value = alone === 'must' ? '' : alone === 'may' ? ` [${placeholder}]` : ` <${placeholder}>`;
    const initial = setting.initial === null ? '' : ` (default: ${setting.initial})`;
    const help = `${setting.help}${initial} [${setting.variable}]`;
    return new Option(`${flagOf(setting)}${value}`, help).helpGroup(GROUPS[setting.group]);
  });
}

/** What the flags said, by setting. A flag that stands alone says yes. */
export function settingsFlags(
  options: Readonly<Record<string, unknown>>,
): Partial<Record<SettingKey, string>> {
  // Commander takes --no-auth for the opposite of an option that is there where nothing was said.
  const { auth, ...rest } = options;
  const said: Readonly<Record<string, unknown>> = auth === false ? { ...rest, noAuth: true } : rest;
  const keys = Object.keys(SETTINGS).filter((key) => said[key] !== undefined);
  return Object.fromEntries(keys.map((key) => [key, said[key] === true ? 'yes' : said[key]]));
}
