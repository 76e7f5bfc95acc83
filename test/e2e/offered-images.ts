/** Images of one tag that come to stand for another version of a program, as they do at a registry. */
import type { Registry } from './registry.ts';
import type { Host } from './throwaway-host.ts';

/** What the image does, of `app:test`, before it does what the command of a service says. */
const versions = {
  1: [],
  2: ['say=two'],
  3: ['say=three'],
  crashes: ['complain=no such table', 'exit=3'],
  sick: ['forever'],
} as const;

/** Has `NAME:1` stand for another image, at the registry and not on the host. Its label `version` says which. */
export async function offer(
  host: Host,
  registry: Registry,
  name: string,
  version: keyof typeof versions,
): Promise<void> {
  const entrypoint = JSON.stringify(['app', ...versions[version]]);
  const recipe = `FROM app:test\nLABEL version=${String(version)} of=${name}\nENTRYPOINT ${entrypoint}\n`;
  await host.sh('printf %s "$RECIPE" | docker build -q -t "$NAME" - >/dev/null', {
    env: { RECIPE: recipe, NAME: `${name}:1` },
  });
  await registry.push(`${name}:1`);
  await host.sh(`docker rmi ${name}:1 >/dev/null`);
}
