import { expect, test } from 'vitest';
import { SUBJECTS, type SubjectName } from '../support/hostile-subjects.ts';
import { readsHostileTexts } from '../support/reads-hostile.ts';

test.each(Object.keys(SUBJECTS) as SubjectName[])(
  '%s: what others wrote is read in linear time, whatever it is',
  async (name) => {
    expect.assertions(1);
    await readsHostileTexts(name);
  },
  180_000,
);
