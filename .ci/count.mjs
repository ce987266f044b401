// Prints `<passed> <failed>` for a result file of jest, scripts/check.mjs or the fault suite. Names skipped specs on stderr.
// Usage: count.mjs <file> <exit code of the command that wrote it>. Fails if the file is missing or unreadable.
import { readFileSync } from 'node:fs';

const countChecks = (checks) => ({ passed: checks.filter(({ ok }) => ok).length, failed: checks.filter(({ ok }) => !ok).length });

/** Counts a suite that could not run as one failure, because it has no tests to count. */
const countSpecs = ({ numPassedTests, numFailedTests, numRuntimeErrorTestSuites, testResults }) => {
  for (const { fullName, status } of testResults.flatMap(({ assertionResults }) => assertionResults)) {
    if (status === 'pending' || status === 'todo') process.stderr.write(`Skipped: ${fullName}\n`);
  }
  return { passed: numPassedTests, failed: numFailedTests + numRuntimeErrorTestSuites };
};

const [file, exitCode] = process.argv.slice(2);
const results = JSON.parse(readFileSync(file, 'utf8'));
const { passed, failed } = Array.isArray(results) ? countChecks(results) : countSpecs(results);
// A command that fails without a reported failure counts as one failure.
const unexplained = exitCode !== '0' && failed === 0 ? 1 : 0;
if (unexplained) process.stderr.write(`The result file has no failures, but the command exited with code ${exitCode}.\n`);
process.stdout.write(`${passed} ${failed + unexplained}\n`);
