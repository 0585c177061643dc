// Prints "N passed, N failed" from vitest's JSON report, for .ci/run; exits 1 where anything failed or nothing ran.
import { readFileSync } from 'node:fs';

const [reportPath, checksFailed] = process.argv.slice(2);

let report = { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, success: false };
try {
  report = JSON.parse(readFileSync(reportPath, 'utf8'));
} catch {
  // The tests did not get as far as a report: `success` says no.
}

// A skipped test is a defect here. Where tests failed, `npm test` is among the checks that failed: not counted twice.
const tests = report.numFailedTests + report.numPendingTests;
const counted = tests + Math.max(Number(checksFailed) - (report.numFailedTests > 0 ? 1 : 0), 0);
// A file that fails to load, or an error outside of any test, is no failed test, but the report is no success.
const failed = counted === 0 && !report.success ? 1 : counted;
console.log(`${report.numPassedTests} passed, ${failed} failed`);
process.exitCode = failed > 0 || report.numPassedTests === 0 ? 1 : 0;
