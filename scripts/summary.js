// Prints the tests that failed, and then "N passed, N failed", from vitest's JSON report, for .ci/run. Exits 1 where
// anything failed or no test passed. The names come last, so that the end of a long record is enough to find them.
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

const [reportPath, checksFailed] = process.argv.slice(2);
/** Characters of one failure's text: its message and where it was thrown. */
const FAILURE_CHARS = 1_500;

let report = { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, success: false, testResults: [] };
try {
  report = JSON.parse(readFileSync(reportPath, 'utf8'));
} catch {
  // The tests did not get as far as a report: `success` says no.
}

const print = (where, text) =>
  console.log(`\nFAILED ${where}\n${String(text ?? '').slice(0, FAILURE_CHARS)}`);
for (const file of report.testResults) {
  const name = relative(process.cwd(), file.name);
  const failed = file.assertionResults.filter((test) => test.status !== 'passed');
  for (const test of failed)
    print(`${name} > ${test.fullName}`, test.failureMessages?.join('\n') || test.status);
  // A file that could not be loaded has no test that failed.
  if (file.status === 'failed' && failed.length === 0) print(name, file.message);
}

// A skipped test is a defect here. Where tests failed, `npm test` is among the checks that failed: not counted twice.
const tests = report.numFailedTests + report.numPendingTests;
const counted = tests + Math.max(Number(checksFailed) - (report.numFailedTests > 0 ? 1 : 0), 0);
// A file that fails to load, or an error outside of any test, is no failed test, but the report is no success.
const failed = counted === 0 && !report.success ? 1 : counted;
console.log(`\n${report.numPassedTests} passed, ${failed} failed`);
process.exitCode = failed > 0 || report.numPassedTests === 0 ? 1 : 0;
