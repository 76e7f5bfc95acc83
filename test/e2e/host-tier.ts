import { execaSync } from 'execa';
import { describe } from 'vitest';
import { hostRoots, hostScript, type HostRoot } from './throwaway-host.ts';

/** Whether throwaway hosts can run on this machine, and if not, why: "needs root". */
type HostTier = { readonly available: true } | { readonly available: false; readonly reason: string };

const hostTier: HostTier = lookForHostTier();

function lookForHostTier(): HostTier {
  const { exitCode, stdout, stderr } = execaSync(hostScript, ['able'], { reject: false, stdin: 'ignore' });
  return exitCode === 0 ? { available: true } : { available: false, reason: stdout || stderr };
}

const skipReason = hostTier.available ? '' : ` [skipped: host tier (${hostTier.reason})]`;

/** `describe` for tests that boot a host: skipped with the reason in its name where none can run. */
export function describeHost(name: string, tests: () => void): void {
  describe.skipIf(!hostTier.available)(name + skipReason, tests);
}

/** `describeHost` once for each root. */
export function describeEachRoot(name: string, tests: (root: HostRoot) => void): void {
  for (const root of hostRoots) {
    describeHost(`${name} on ${root}`, () => {
      tests(root);
    });
  }
}
