/**
 * Times generators on a throwaway host with systemd and dockunit in /opt/dockunit, podman's quadlet beside
 * ours: three projects of two services, and as many containers for quadlet. Samples in milliseconds as JSON on standard output.
 * Usage: node generator-on-host.mjs ROUNDS
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';

const rounds = Number(process.argv[2]);
const ours = '/etc/systemd/system-generators/dockunit-generator';
const quadlet = '/usr/lib/systemd/system-generators/podman-system-generator';
const kept = ['/run/dockunit', '/var/cache/dockunit'];
const directories = ['normal', 'early', 'late'].map((name) => `/run/bench/${name}`);

for (const project of ['shop', 'blog', 'mail']) {
  const service = '{ image: "busybox:1.36", environment: { TOKEN: secret }, command: [sleep, infinity]';
  mkdirSync('/etc/dockunit', { recursive: true });
  writeFileSync(
    `/etc/dockunit/${project}.yaml`,
    `services:\n  web: ${service}, depends_on: [db] }\n  db: ${service} }\n`,
  );
  mkdirSync('/etc/containers/systemd', { recursive: true });
  for (const [name, after] of [
    ['db', ''],
    ['web', `[Unit]\nRequires=${project}-db.service\nAfter=${project}-db.service\n`],
  ]) {
    writeFileSync(
      `/etc/containers/systemd/${project}-${name}.container`,
      `${after}[Container]\nImage=busybox:1.36\nEnvironment=TOKEN=secret\nExec=sleep infinity\n[Install]\nWantedBy=multi-user.target\n`,
    );
  }
}
writeFileSync('/run/empty-generator', '#!/bin/sh\n', { mode: 0o755 });

/** What is done before each run, and is not timed. */
const cases = {
  'a generator of sh that does nothing': { program: '/run/empty-generator' },
  'podman’s quadlet, six containers': { program: quadlet },
  'dockunit, nothing changed': { program: ours },
  'node -e 0': { program: process.execPath, args: ['-e', '0'] },
  'dockunit, one file changed': {
    program: ours,
    prepare: () => appendFileSync('/etc/dockunit/shop.yaml', '# changed\n'),
  },
  'dockunit, nothing kept': {
    program: ours,
    prepare: () => kept.forEach((path) => rmSync(path, { recursive: true, force: true })),
  },
};

const samples = Object.fromEntries(Object.keys(cases).map((name) => [name, []]));
for (let round = 0; round <= rounds; round++) {
  for (const [name, { program, args, prepare }] of Object.entries(cases)) {
    if (!existsSync(program)) continue;
    prepare?.();
    const time = timed(program, args);
    if (round > 0) samples[name].push(time);
  }
}
const reload = { without: [], with: [] };
for (let round = 0; round <= rounds; round++) {
  for (const [which, mode] of Object.entries({ without: '0644', with: '0755' })) {
    execFileSync('chmod', [mode, ours]);
    const started = process.hrtime.bigint();
    execFileSync('systemctl', ['daemon-reload']);
    if (round > 0) reload[which].push(Number(process.hrtime.bigint() - started) / 1e6);
  }
}
process.stdout.write(JSON.stringify({ samples, reload }));

/** As systemd runs it: empty directories, next to no environment. */
function timed(program, args = directories) {
  for (const directory of directories) {
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory, { recursive: true });
  }
  const started = process.hrtime.bigint();
  const { status, error } = spawnSync(program, args, { stdio: 'ignore', env: {}, cwd: '/' });
  const time = Number(process.hrtime.bigint() - started) / 1e6;
  if (status !== 0) throw new Error(`${program}: ${error?.message ?? `exit ${status}`}`);
  return time;
}
