/**
 * Run by node within a host: makes each container of standard input twice, by our own request and by
 * the docker client, and prints what `docker inspect` says of both.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dockerApi } from '../../src/host/docker/http-api.ts';
import { createRequest } from '../../src/supervisor/loop/create-request.ts';

/** A container to make. */
export interface Creation {
  readonly name: string;
  /** `docker`, `create` and on. */
  readonly argv: readonly string[];
  readonly environment: readonly (readonly [string, string])[];
  /** Path → content of the files that it names. */
  readonly files: Readonly<Record<string, string>>;
}

/** undefined: we leave it to the client. */
export interface Made {
  readonly name: string;
  readonly ours?: unknown;
  readonly theirs?: unknown;
}

const docker = dockerApi({ socketPath: '/var/run/docker.sock' });
const client = (...words: readonly string[]): string =>
  execFileSync('docker', words, { encoding: 'utf8', maxBuffer: 1e8 });
const made: Made[] = [];
for (const creation of JSON.parse(readFileSync(0, 'utf8')) as readonly Creation[])
  made.push(await makeTwice(creation));
process.stdout.write(JSON.stringify(made));

async function makeTwice({ name, argv, environment, files }: Creation): Promise<Made> {
  for (const [path, content] of Object.entries(files)) writeFileSync(path, content);
  const request = createRequest(argv.slice(2), {
    environment: new Map(environment),
    home: '/root',
    readFile: (path) => {
      try {
        return readFileSync(path, 'utf8');
      } catch {
        return undefined;
      }
    },
  });
  if (request === undefined) return { name };
  await docker.create(request.name, request.body);
  const ours = inspectAndRemove(name);
  execFileSync('docker', argv.slice(1), {
    env: { ...process.env, ...Object.fromEntries(environment) },
    stdio: 'pipe',
  });
  return { name, ours, theirs: inspectAndRemove(name) };
}

function inspectAndRemove(name: string): unknown {
  const [inspected] = JSON.parse(client('inspect', '--type', 'container', name)) as unknown[];
  client('rm', '--force', '--volumes', name);
  return inspected;
}
