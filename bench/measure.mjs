/**
 * Times commands against each other, interleaved: what else the machine does then falls on all of
 * them. A module here; on a throwaway host a program, cases as JSON on standard input, samples as JSON
 * on standard output.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

/**
 * Wall time of each command in milliseconds, per command a list of one sample a round. The first of
 * each is not counted: it fills the caches of the kernel and of V8. Throws if a command fails.
 * @param cases [{ argv, cwd }]
 */
export function measure(cases, rounds) {
  const samples = cases.map(() => []);
  for (let round = 0; round <= rounds; round++) {
    for (const [at, oneCase] of cases.entries()) {
      const time = run(oneCase);
      if (round > 0) samples[at].push(time);
    }
  }
  return samples;
}

function run({ argv: [command, ...args], cwd }) {
  const started = process.hrtime.bigint();
  const { status, error, stderr } = spawnSync(command, args, { cwd, stdio: ['ignore', 'ignore', 'pipe'] });
  const time = Number(process.hrtime.bigint() - started) / 1e6;
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} in ${cwd}: ${error?.message ?? stderr}`);
  return time;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { cases, rounds } = JSON.parse(readFileSync(0, 'utf8'));
  process.stdout.write(JSON.stringify(measure(cases, rounds)));
}
