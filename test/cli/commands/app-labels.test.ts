import { expect, test } from 'vitest';
import { AppLabels } from '../../../src/cli/commands/app-labels.ts';
import { unpainted } from '../../../src/cli/terminal/style.ts';

const named = (name: string) => ({ id: `id of ${name}`, name });

test('names are aligned, also with a name that comes later, and a very long one widens nothing', () => {
  const labels = new AppLabels(['web', 'worker', 'a-name-that-is-longer-than-most'].map(named));
  const text = (name: string) => labels.text(named(name), { paint: unpainted });
  expect([text('web'), text('worker')]).toEqual(['web   ', 'worker']);
  expect(text('newcomer')).toBe('newcomer');
  expect(text('web')).toBe('web     ');
  expect(text('a-name-that-is-longer-than-most')).toBe('a-name-that-is-longer-than-most');
});

test('neighbors have different colors, and a name keeps its color', () => {
  const apps = Array.from({ length: 20 }, (_, index) => named(`app-${index}`));
  const labels = new AppLabels(apps);
  const styleOf = (app: { id: string; name: string }) => {
    let found = '';
    const paint = (style: string, text: string) => {
      found = style;
      return text;
    };
    labels.text(app, { paint });
    return found;
  };
  const styles = apps.map(styleOf);
  for (const [index, style] of styles.entries()) expect(style).not.toBe(styles[index + 1]);
  const newcomer = styleOf(named('newcomer'));
  expect([newcomer === styles.at(-1), styleOf(named('newcomer'))]).toEqual([false, newcomer]);
});
