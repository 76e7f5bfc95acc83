/** What `doctor` says of real hosts: nothing of one that is well, and of one where much is broken all of it. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Diagnostic } from '../../src/model/diagnostic.ts';
import { describeEachRoot } from './host-tier.ts';
import { makeImages } from './images.ts';
import { type SupervisedHost, bootSupervisedHost } from './supervisor-on-host.ts';
import { type Host, bootHost } from './throwaway-host.ts';
import { installSpec, projectDirectory, untilRunning } from './units-on-host.ts';

interface Report {
  readonly checks: readonly { readonly check: string; readonly outcome: string; readonly why?: string }[];
  readonly findings: readonly Diagnostic[];
}

interface Seen {
  readonly exitCode: number;
  /** `severity check about`. */
  readonly findings: readonly string[];
  readonly unknown: readonly string[];
  readonly messages: string;
}

async function examine(host: Host, program: string): Promise<Seen> {
  const { exitCode, stdout, stderr } = await host.exec(['node', program, 'doctor', '--json']);
  if (stderr !== '') throw new Error(stderr);
  const { checks, findings } = JSON.parse(stdout) as Report;
  return {
    exitCode,
    findings: findings.map(({ severity, code, path }) => [severity, code, path ?? ''].join(' ').trim()),
    unknown: checks.filter(({ outcome }) => outcome === 'unknown').map(({ check }) => check),
    messages: findings.map(({ message, remedy }) => `${message} → ${remedy}`).join('\n'),
  };
}

const service = { image: 'app:test', command: ['forever'] };
const shop = {
  name: 'shop',
  services: {
    web: {
      ...service,
      command: ['serve=8000', 'forever'],
      ports: ['127.0.0.1:8000:8000'],
      environment: { A: 'b' },
    },
    db: service,
  },
};

describeEachRoot('doctor', (root) => {
  const program = `${projectDirectory}/bin/dockunit.js`;
  let host: Host;
  beforeAll(async () => {
    host = await bootHost({ root, init: 'systemd', bind: projectDirectory });
    await makeImages(host, 'app');
    await installSpec(host, shop);
    await host.sh('systemctl enable --now shop-web shop-db');
    await untilRunning(host, { 'shop-web': 'shop-web', 'shop-db': 'shop-db' });
  });
  afterAll(() => host.down());

  it('finds nothing on a host that is well, and leaves no check out', async () => {
    expect(await examine(host, program)).toEqual({ exitCode: 0, findings: [], unknown: [], messages: '' });
    const { exitCode, stdout } = await host.exec(['node', program, 'doctor']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '29 checks: no findings\n' });
  });

  it('changes nothing by looking', async () => {
    await host.sh(
      `strace -f -e trace=file,write,writev,sendto,sendmsg -s 200 -o /tmp/calls node ${program} doctor >/dev/null`,
    );
    const calls = await host.readFile('/tmp/calls');
    // What is looked for below would be seen: questions are.
    expect(calls).toMatch(/"GET \/info/);
    expect(calls).toContain('GetAll');
    const changing =
      /O_(WRONLY|RDWR|CREAT)|\b(unlink|rename|mkdir|link|symlink|chmod)(at2?)?\(|"(POST|PUT|DELETE) |(Start|Stop|Restart|Reload|Enable|Disable|Reset)\w*Unit/;
    expect(calls.split('\n').filter((call) => changing.test(call) && !call.includes('"/dev/'))).toEqual([]);
  });

  it('check names the health checks that find no shell in their images', async () => {
    await makeImages(host, 'bare');
    const exec = { test: ['CMD', '/busybox', 'true'] };
    await host.writeFile(
      '/srv/bare/compose.yaml',
      JSON.stringify({
        name: 'bare',
        services: {
          exec: { image: 'bare:test', healthcheck: exec },
          shell: { image: 'bare:test', healthcheck: { test: 'true' } },
          none: { image: 'bare:test' },
          good: { image: 'app:test', healthcheck: exec },
          absent: { image: 'nothere:1', healthcheck: exec },
        },
      }),
    );
    const { stdout } = await host.exec(['node', program, 'check', '--json', '-f', '/srv/bare/compose.yaml']);
    const { diagnostics } = JSON.parse(stdout) as { readonly diagnostics: readonly Diagnostic[] };
    expect(diagnostics.map(({ code, path }) => `${code} ${String(path)}`)).toEqual([
      'health-without-shell services.exec.healthcheck.test',
      'health-without-shell services.shell.healthcheck.test',
    ]);
  });

  it('finds all that is broken at once', async () => {
    await installSpec(host, {
      name: 'bad',
      services: {
        fails: { ...service, command: ['exit=3'], restart: 'no' },
        taken: { ...service, ports: ['8001:80'] },
        remote: { ...service, image: '127.0.0.1:5999/nothing:1' },
      },
    });
    await host.sh(`
      systemctl enable bad-fails bad-taken bad-remote
      systemctl start bad-fails || true
      docker update --restart=always shop-db >/dev/null
      docker run --detach --name gone --label dockunit.unit=gone.service app:test forever >/dev/null
      sed -i 's/^TimeoutStopSec=.*/TimeoutStopSec=77/' /etc/systemd/system/shop-web.service
      mkdir -p /etc/systemd/system/shop-db.service.d
      printf '[Service]\\nExecStopPost=\\n' >/etc/systemd/system/shop-db.service.d/mine.conf
      printf '[Service]\\nExecStart=/bin/true\\n' >/usr/lib/systemd/system/shop-db.service
      setsid socat TCP-LISTEN:8001,fork,reuseaddr SYSTEM:true >/dev/null 2>&1 </dev/null &
    `);
    await host.until(
      'the failure, and the stranger on the port',
      () => host.exec(['sh', '-c', 'systemctl is-failed bad-fails && ss -ltn | grep -q :8001']),
      ({ exitCode }) => exitCode === 0,
    );
    // systemd looks at the files again only now and then; a drop-in counts once it has been read.
    const before = await examine(host, program);
    expect(before.findings).toContain('warning daemon-reload shop-web.service');
    await host.sh('systemctl daemon-reload');
    const { exitCode, findings, unknown, messages } = await examine(host, program);
    expect({ exitCode, findings: [...findings].sort(), unknown }).toEqual({
      exitCode: 1,
      unknown: [],
      findings: [
        'error failed-units bad-fails.service',
        'error images bad-remote.service',
        'error ports bad-taken.service',
        'warning drop-ins shop-db.service',
        'warning edited-units shop-web.service',
        'warning orphans gone',
        'warning restart-policies shop-db',
        'warning shadowed-units shop-db.service',
      ],
    });
    expect(messages).toMatch(/in use by socat, process \d+ → /);
    expect(messages).toMatch(
      /127\.0\.0\.1:5999\/nothing:1 is not on this host, and its registry cannot be reached: .*refused/,
    );
  });

  it('finds the same at every look at what fails again and again', async () => {
    await installSpec(host, { name: 'loop', services: { web: { ...service, ports: ['8002:80'] } } });
    await host.sh(`
      systemctl disable --now bad-fails bad-taken bad-remote
      docker run --detach --name squatter --publish 8002:80 app:test forever >/dev/null
      systemctl enable loop-web
      systemctl start loop-web || true
    `);
    await host.until(
      'it was started again',
      () => host.sh('systemctl show --property=NRestarts --value loop-web'),
      (restarts) => Number(restarts) > 1,
    );
    for (let look = 0; look < 6; look++) {
      const { findings, messages } = await examine(host, program);
      expect(findings.filter((finding) => finding.startsWith('error'))).toEqual([
        'error failed-units loop-web.service',
        'error containers-in-the-way',
      ]);
      expect(messages).toContain('The container squatter (runs; has the port 8002/tcp)');
      expect(messages).toContain('It fails again and again: port 8002 is in use already');
    }
    await host.sh('systemctl disable --now loop-web; docker rm --force squatter >/dev/null');
  });

  it('says of a Docker that does not answer what it could not look at, and looks at all else', async () => {
    await host.sh('kill -STOP "$(cat /run/docker.pid)"');
    const { findings, unknown, messages } = await examine(host, program);
    await host.sh('kill -CONT "$(cat /run/docker.pid)"');
    expect(findings.filter((finding) => finding.includes('docker'))).toEqual(['error docker-engine']);
    expect(messages).toMatch(/docker did not answer in 5 s; these checks were not made: .*orphans.*images/);
    expect(unknown).toEqual([
      'live-restore',
      'orphans',
      'networks-and-volumes',
      'containers-in-the-way',
      'restart-policies',
      'images',
    ]);
    expect(findings).toContain('warning drop-ins shop-db.service');
  });

  it('does not wake a Docker that waits for its socket', async () => {
    await host.sh(
      'systemctl disable bad-fails bad-taken bad-remote; systemctl stop docker.service docker.socket; systemctl reset-failed; systemctl start docker.socket',
    );
    const { findings, unknown } = await examine(host, program);
    expect(findings).toContain('note docker-engine');
    expect(unknown).toEqual(expect.arrayContaining(['orphans', 'restart-policies', 'images']));
    expect((await host.exec(['systemctl', 'is-active', 'docker.service'])).stdout).toBe('inactive\n');
  });
});

describeEachRoot('doctor without systemd', (root) => {
  const program = '/opt/dockunit/bin/dockunit.js';
  let supervised: SupervisedHost;
  let host: Host;
  beforeAll(async () => {
    supervised = await bootSupervisedHost(root);
    ({ host } = supervised);
    await supervised.install(shop);
  });
  afterAll(() => host.down());

  it('finds that nothing runs the units, now or at boot', async () => {
    const { exitCode, findings } = await examine(host, program);
    expect(exitCode).toBe(1);
    expect(findings).toEqual(expect.arrayContaining(['error manager', 'warning boot-hook']));
  });

  it('finds nothing of weight where all is well', async () => {
    await supervised.verb('supervise', '--install', '--init', 'sysv');
    await supervised.supervise();
    await supervised.verb('enable', '--now', 'web', 'db');
    const { exitCode, findings, unknown } = await examine(host, program);
    expect({ exitCode, findings }).toEqual({ exitCode: 0, findings: ['note live-restore'] });
    // Debian 13 without systemd has no program that tells of the clock, nor is it told that it is a container.
    expect(unknown.filter((check) => check !== 'clock')).toEqual([]);
  });

  it('finds a damaged journal, an orphan, and a container with a restart policy', async () => {
    await host.sh(`
      echo 'not a record' >>/var/lib/dockunit/history
      docker update --restart=always shop-db >/dev/null
      docker run --detach --name gone --label dockunit.unit=gone.service app:test forever >/dev/null
    `);
    const { exitCode, findings } = await examine(host, program);
    expect(exitCode).toBe(1);
    expect(findings).toEqual([
      'note live-restore',
      'warning supervisor-journal /var/lib/dockunit/history',
      'warning orphans gone',
      'warning restart-policies shop-db',
    ]);
  });

  it('says what it can where docker is gone', async () => {
    await supervised.kill('TERM');
    await host.sh('service docker stop');
    await host.until(
      'docker is gone',
      () => host.exec(['docker', 'ps']),
      ({ exitCode }) => exitCode !== 0,
    );
    await host.sh('mv /usr/bin/docker /usr/bin/docker.away');
    const { exitCode, findings, unknown } = await examine(host, program);
    expect(exitCode).toBe(1);
    expect(findings).toEqual(
      expect.arrayContaining(['error docker-client', 'error docker-engine', 'error manager']),
    );
    expect(unknown).toEqual(expect.arrayContaining(['orphans', 'images', 'ports']));
  });
});
