// Counts of a vitest JSON report, as "passed failed skipped" on the first line of stdout; then, a line each, the
// tests that passed only when vitest tried them again, with the first line of what failed before.
// usage: node count-tests.mjs REPORT EXIT-CODE-OF-VITEST
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

const [reportFile, exitCode] = process.argv.slice(2);
const count = { passed: 0, failed: 0, skipped: 0 };
const retried = [];
try {
  for (const { name, status: fileStatus, assertionResults } of JSON.parse(readFileSync(reportFile, 'utf8'))
    .testResults) {
    const before = count.failed;
    for (const { status, fullName, failureMessages } of assertionResults) {
      if (status === 'passed') {
        count.passed += 1;
        // Vitest keeps the errors of the tries before the one that passed.
        const [failure] = failureMessages;
        if (failure !== undefined)
          retried.push(`${relative('.', name)}: ${fullName}: ${failure.split('\n')[0]}`);
      }
      // Pending, todo or disabled. In a file that failed it was a hook that kept them from running.
      else if (status !== 'failed' && fileStatus === 'passed') count.skipped += 1;
      else count.failed += 1;
    }
    // A file that failed to load has no tests to show for it.
    if (fileStatus === 'failed' && count.failed === before) count.failed += 1;
  }
} catch (error) {
  process.stderr.write(`no test report: ${error.message}\n`);
}
// No report, an unhandled error, or no test found at all.
if (exitCode !== '0' && count.failed === 0) count.failed = 1;
process.stdout.write([`${count.passed} ${count.failed} ${count.skipped}`, ...retried, ''].join('\n'));
