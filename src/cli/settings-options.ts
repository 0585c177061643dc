import { Option } from 'commander';
import { flagOf, SETTINGS, type Setting, type SettingKey } from '../config/settings.ts';

const GROUPS: Readonly<Record<Setting['group'], string>> = {
  main: 'Server:',
  access: 'Access:',
  keeping: 'Retention:',
  times: 'Times (units: ms, s, m, h, d):',
};

/** The flags of `serve`, one for each setting. */
export function settingsOptions(): Option[] {
  return Object.values(SETTINGS).map((setting: Setting) => {
    const { placeholder, alone } = setting.kind;
    const value = alone === 'must' ? '' : alone === 'may' ? ` [${placeholder}]` : ` <${placeholder}>`;
    const initial = setting.initial === null ? '' : ` (default: ${setting.initial})`;
    const help = `${setting.help.replace(/\.$/, '')}${initial}. [${setting.variable}]`;
    return new Option(`${flagOf(setting)}${value}`, help).helpGroup(GROUPS[setting.group]);
  });
}

/** The values of the flags, by setting. A flag without a value means yes. */
export function settingsFlags(
  options: Readonly<Record<string, unknown>>,
): Partial<Record<SettingKey, string>> {
  // Commander reads --no-auth as the negation of an option --auth, which is true by default.
  const { auth, ...rest } = options;
  const given: Readonly<Record<string, unknown>> = auth === false ? { ...rest, noAuth: true } : rest;
  const keys = Object.keys(SETTINGS).filter((key) => given[key] !== undefined);
  return Object.fromEntries(keys.map((key) => [key, given[key] === true ? 'yes' : given[key]]));
}
