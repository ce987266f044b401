// Prints `passed failed` for a result file of jest or of scripts/check.mjs, and names on standard error what was skipped.
// Usage: count.mjs <file> <exit code of the command that wrote it>. Fails when the file is missing or unreadable.
import { readFileSync } from 'node:fs';

const countChecks = (checks) => ({ passed: checks.filter(({ ok }) => ok).length, failed: checks.filter(({ ok }) => !ok).length });

/** A suite that could not run has no tests to count: it is one failure itself. */
const countSpecs = ({ numPassedTests, numFailedTests, numRuntimeErrorTestSuites, testResults }) => {
  for (const { fullName, status } of testResults.flatMap(({ assertionResults }) => assertionResults)) {
    if (status === 'pending' || status === 'todo') process.stderr.write(`Skipped: ${fullName}\n`);
  }
  return { passed: numPassedTests, failed: numFailedTests + numRuntimeErrorTestSuites };
};

const [file, exitCode] = process.argv.slice(2);
const results = JSON.parse(readFileSync(file, 'utf8'));
const { passed, failed } = Array.isArray(results) ? countChecks(results) : countSpecs(results);
// A command that reports no failure and yet fails has lost something on the way.
const unexplained = exitCode !== '0' && failed === 0 ? 1 : 0;
if (unexplained) process.stderr.write(`Nothing failed, but the command ended with code ${exitCode}.\n`);
process.stdout.write(`${passed} ${failed + unexplained}\n`);
