/**
 * A project's containers in its own slice: systemd's limits and accounting reach their processes with
 * either cgroup driver of Docker, and hosts without systemd have no slice.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { compileText, filesOf, unitDirectory } from '../exactness/compile-services.ts';
import { executedWords } from '../exactness/read-shell.ts';
import { readUnit } from '../exactness/read-unit.ts';
import { describeEachRoot } from './host-tier.ts';
import { makeImages } from './images.ts';
import { type Host, bootHost } from './throwaway-host.ts';
import { installSpec, show, untilRunning } from './units-on-host.ts';

/** `my-shop`, as systemd-escape(1) writes it. */
const slice = 'my\\x2dshop.slice';
const quoted = `'${slice}'`;
const limit = 64 * 1024 * 1024;

const basic = { image: 'app:test', pull_policy: 'never', command: ['forever'], stop_grace_period: '1s' };
const spec = {
  name: 'my-shop',
  'x-systemd': { Slice: { MemoryMax: '64M' } },
  services: {
    web: basic,
    db: { ...basic, 'x-systemd': { Service: { Slice: 'big-jobs.slice' } } },
    own: { ...basic, cgroup_parent: 'mine.slice' },
  },
};
const running = {
  'my-shop-web.service': 'my-shop-web',
  'my-shop-db.service': 'my-shop-db',
  'my-shop-own.service': 'my-shop-own',
};

/** How each driver calls the group of a container. */
const groups = {
  cgroupfs: (parent: string, id: string) => `${parent}/${id}`,
  systemd: (parent: string, id: string) => `${parent}/docker-${id}.scope`,
} as const;
type Driver = keyof typeof groups;

describeEachRoot('a project’s slice', (root) => {
  let host: Host;
  /** Version of the control groups, which decides whether cgroupfs can share a tree with systemd. */
  let version: string;

  beforeAll(async () => {
    host = await bootHost({ root, init: 'systemd', withoutNode: true });
    await makeImages(host, 'app');
    version = await host.sh("docker info --format '{{.CgroupVersion}}'");
    await installSpec(host, spec);
  });
  afterAll(() => host.down());

  const useDriver = async (driver: Driver): Promise<void> => {
    const options = `DOCKER_OPTS=--exec-opt native.cgroupdriver=${driver}`;
    await host.writeFile(
      '/etc/systemd/system/docker.service.d/driver.conf',
      `[Service]\nEnvironment="${options}"\n`,
    );
    await host.sh('systemctl daemon-reload; systemctl stop docker; systemctl start docker my-shop.target');
    expect(await host.sh("docker info --format '{{.CgroupDriver}}'")).toBe(driver);
    await untilRunning(host, running);
  };
  const inspect = (container: string, format: string): Promise<string> =>
    host.sh(`docker inspect --format '${format}' ${container}`);
  /** Where the memory of the container's first process is accounted. */
  const memoryGroup = async (container: string): Promise<string> => {
    const lines = await host.sh(`cat /proc/${await inspect(container, '{{.State.Pid}}')}/cgroup`);
    const controllers = version === '1' ? /^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(.*)$/m : /^0::(.*)$/m;
    return controllers.exec(lines)?.[1] ?? lines;
  };
  const inSlices = async (driver: Driver): Promise<void> => {
    const expected = async (parent: string, container: string): Promise<void> => {
      expect(await memoryGroup(container)).toBe(groups[driver](parent, await inspect(container, '{{.Id}}')));
    };
    await expected(`/${slice}`, 'my-shop-web');
    await expected('/big.slice/big-jobs.slice', 'my-shop-db');
    expect(await inspect('my-shop-own', '{{.HostConfig.CgroupParent}}')).toBe('mine.slice');
  };

  for (const driver of ['cgroupfs', 'systemd'] as const) {
    it(`holds the containers with the cgroup driver ${driver}, and their units`, async () => {
      await useDriver(driver);
      if (driver === 'cgroupfs' && version !== '1')
        expect(await inspect('my-shop-web', '{{.HostConfig.CgroupParent}}')).toBe('');
      else await inSlices(driver);
      expect((await show(host, 'my-shop-web', 'Slice')).Slice).toBe(slice);
      expect((await show(host, 'my-shop-db', 'Slice')).Slice).toBe('big-jobs.slice');
      // Dashes nest slices; the project `my` is another one.
      expect(await host.sh('systemctl list-units --all --plain --no-legend my.slice')).toBe('');
    });

    it(`counts and limits what the containers do with ${driver}`, async () => {
      if (driver === 'cgroupfs' && version !== '1') return;
      const { MemoryMax, MemoryCurrent, TasksCurrent } = await show(
        host,
        quoted,
        ...(['MemoryMax', 'MemoryCurrent', 'TasksCurrent'] as const),
      );
      expect(Number(MemoryMax)).toBe(limit);
      expect(Number(MemoryCurrent)).toBeGreaterThan(0);
      expect(Number(TasksCurrent)).toBeGreaterThan(2);
      const status = await host.sh(`systemctl status --no-pager --full ${quoted}`);
      expect(status).toContain('my-shop: all containers');
      // The client, in its unit, and the program, in its container.
      expect(status).toContain('docker start --attach my-shop-web');
      expect(status).toContain('/bin/sh /bin/app forever');
      const script = 'head -c 200m /dev/zero | tail -c 200m >/dev/null';
      const over = await host.exec(['docker', 'exec', 'my-shop-web', 'sh', '-c', `${script}; echo $?`]);
      expect(over.stdout.trim()).toBe('137');
      const elsewhere = await host.exec(['docker', 'exec', 'my-shop-db', 'sh', '-c', `${script}; echo $?`]);
      expect(elsewhere.stdout.trim()).toBe('0');
    });
  }

  it('is there again after a reboot, and empties when the project stops', async () => {
    await host.sh('systemctl enable my-shop-web my-shop-db my-shop-own 2>&1; sync');
    await host.reboot();
    await untilRunning(host, running);
    await inSlices('systemd');
    expect(Number((await show(host, quoted, 'MemoryMax')).MemoryMax)).toBe(limit);
    await host.sh('systemctl stop my-shop.target');
    await host.until(
      'no process in the slice',
      () => host.sh(`systemctl status --no-pager ${quoted} || true`),
      (status) => !status.includes('forever') && !status.includes('docker start'),
    );
  });
});

describeEachRoot('without systemd a container', (root) => {
  it('is created where Docker puts it, by the same unit', async () => {
    await using host = await bootHost({ root, init: 'plain', withoutNode: true });
    await makeImages(host, 'app');
    const files = filesOf(
      compileText(`name: shop\nservices: { web: { image: "app:test", network_mode: none } }\n`),
    );
    const unit = readUnit(files.get('shop-web.service')?.content ?? '', { Y: unitDirectory });
    const [create, ...others] = unit.commands.filter(
      ({ argv }) => executedWords(argv)[0] === 'docker' && executedWords(argv)[1] === 'create',
    );
    expect(create?.argv.slice(3, 5)).toEqual(['shop.slice', '/shop.slice']);
    expect(others).toEqual([]);
    await host.writeFile(`${unitDirectory}/shop-run.sh`, files.get('shop-run.sh')?.content ?? '');
    const { exitCode, stderr } = await host.exec(create?.argv as [string, ...string[]]);
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(await host.sh("docker inspect --format '{{.HostConfig.CgroupParent}}' shop-web")).toBe('');
    expect(await host.sh('docker start shop-web')).toBe('shop-web');
  });
});
