// Counts of a vitest JSON report, as "passed failed skipped" on stdout.
// usage: node count-tests.mjs REPORT EXIT-CODE-OF-VITEST
import { readFileSync } from 'node:fs';

const [reportFile, exitCode] = process.argv.slice(2);
const count = { passed: 0, failed: 0, skipped: 0 };
try {
  for (const { status: fileStatus, assertionResults } of JSON.parse(readFileSync(reportFile, 'utf8'))
    .testResults) {
    const before = count.failed;
    for (const { status } of assertionResults) {
      if (status === 'passed') count.passed += 1;
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
process.stdout.write(`${count.passed} ${count.failed} ${count.skipped}\n`);
