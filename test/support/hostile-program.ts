import { SUBJECTS, type Subject, type SubjectName } from './hostile-subjects.ts';
import { hostileTexts } from './hostile-texts.ts';

// Prints a line before each text, and one at the end.
const subject: Subject = SUBJECTS[process.argv[2] as SubjectName];
for (const { label, text } of hostileTexts(subject.beginnings)) {
  process.stdout.write(`${label}\n`);
  try {
    await subject.read(text);
  } catch (error) {
    if (error instanceof RangeError) throw error;
  }
}
process.stdout.write('end\n');
