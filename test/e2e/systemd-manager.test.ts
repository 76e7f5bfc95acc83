/** The manager that is systemd, against the real one: bundled, run within a host, judged from outside. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundle } from './bundle.ts';
import { describeEachRoot, describeHost } from './host-tier.ts';
import type { Step, StepResult } from './manager-steps.ts';
import { bootHost } from './throwaway-host.ts';
import type { Host } from './throwaway-host.ts';

const program = '/usr/local/lib/manager-steps.mjs';
const many = Array.from({ length: 20 }, (_, index) => `t-many${index}.service`);

async function steps(
  host: Host,
  list: readonly Step[],
  { scope = 'system', as = 'root' }: { scope?: 'system' | 'user'; as?: string } = {},
): Promise<readonly StepResult[]> {
  const command = ['node', program, scope, JSON.stringify(list)];
  const argv =
    as === 'root' ? command : ['setpriv', `--reuid=${as}`, `--regid=${as}`, '--clear-groups', ...command];
  const { stdout, stderr, exitCode } = await host.exec(argv as [string, ...string[]]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return JSON.parse(stdout) as readonly StepResult[];
}

/** The one step's outcome. */
async function step(host: Host, only: Step, options?: Parameters<typeof steps>[2]): Promise<StepResult> {
  const [connected, result] = await steps(host, [only], options);
  expect(connected?.error).toBeUndefined();
  if (!result) throw new Error('the step was not run');
  return result;
}

function unit(service: string, sections = ''): string {
  return `[Unit]\nDefaultDependencies=no\n${sections}\n[Service]\n${service}\n[Install]\nWantedBy=multi-user.target\n`;
}

const units: Readonly<Record<string, string>> = {
  't-first.service': unit('Type=oneshot\nRemainAfterExit=yes\nExecStart=/bin/sleep 0.2'),
  't-second.service': unit(
    'ExecStart=/bin/sleep infinity',
    'Requires=t-first.service\nAfter=t-first.service',
  ),
  't-false.service': unit('Type=oneshot\nExecStart=/bin/false'),
  't-needs-false.service': unit(
    'ExecStart=/bin/sleep infinity',
    'Requires=t-false.service\nAfter=t-false.service',
  ),
  't-late.service': unit('Type=oneshot\nExecStart=/bin/sleep infinity', 'JobRunningTimeoutSec=1'),
  't-slow.service': unit('Type=oneshot\nRemainAfterExit=yes\nExecStart=/bin/sleep 2'),
  't-circle.service': unit(
    'ExecStart=/bin/sleep infinity',
    'Requires=t-round.service\nAfter=t-round.service',
  ),
  't-round.service': unit(
    'ExecStart=/bin/sleep infinity',
    'Requires=t-circle.service\nAfter=t-circle.service',
  ),
  ...Object.fromEntries(
    many.map((name) => [name, unit('Type=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true')]),
  ),
};

describeEachRoot('the systemd manager', (root) => {
  let host: Host;
  beforeAll(async () => {
    host = await bootHost({ root, init: 'systemd' });
    await host.writeFile(program, await bundle('manager-steps.ts'));
    const files = Object.entries(units).map(([name, text]) => [`/etc/systemd/system/${name}`, text] as const);
    for (const [path, text] of files) await host.writeFile(path, text);
    await host.sh('ln -s /dev/null /etc/systemd/system/t-masked.service; systemctl daemon-reload');
  });
  afterAll(() => host.down());

  it('knows the major version systemctl tells', async () => {
    const told = /systemd (\d+)/.exec(await host.sh('systemctl --version'))?.[1];
    expect((await step(host, { do: 'version' })).value).toBe(Number(told));
  });

  it('starts a unit after its dependency, and hears of both', async () => {
    const { value, events } = await step(host, { do: 'run', verb: 'start', units: ['t-second.service'] });
    expect(value).toEqual({ 't-second.service': 'done' });
    expect(events).toContainEqual({ kind: 'job-new', unit: 't-first.service' });
    expect(events).toContainEqual({
      kind: 'unit-state',
      unit: 't-first.service',
      activeState: 'activating',
      subState: 'start',
    });
    const removed = events?.flatMap((event) => (event.kind === 'job-removed' ? event.unit : []));
    expect(removed).toEqual(['t-first.service', 't-second.service']);
    expect(await host.sh('systemctl is-active t-first t-second')).toBe('active\nactive');
  });

  it('stops what requires the unit, in reverse order, and counts an unknown unit as stopped', async () => {
    await host.sh('systemctl start t-second');
    const { value, events } = await step(host, {
      do: 'run',
      verb: 'stop',
      units: ['t-first.service', 't-unknown.service'],
    });
    expect(value).toEqual({ 't-first.service': 'done', 't-unknown.service': 'done' });
    const removed = events?.flatMap((event) => (event.kind === 'job-removed' ? event.unit : []));
    expect(removed).toEqual(['t-second.service', 't-first.service']);
  });

  it.each([
    ['t-false.service', 'failed'],
    ['t-needs-false.service', 'dependency'],
    ['t-late.service', 'timeout'],
  ])('a start of %s ends as %s', async (name, result) => {
    const { value } = await step(host, { do: 'run', verb: 'start', units: [name] });
    expect(value).toEqual({ [name]: result });
    await host.sh('systemctl stop t-late.service');
  });

  it.each([
    ['t-unknown.service', /not found/, /^Install it first, where its Compose file is: dockunit apply$/],
    ['t-masked.service', /is masked/, /^Unmask it first: systemctl unmask t-masked\.service$/],
    ['t-circle.service', /cycl/, /^Run dockunit check/],
  ])('refuses to start %s with a remedy', async (name, message, remedy) => {
    const { error } = await step(host, { do: 'run', verb: 'start', units: [name] });
    expect(error).toMatchObject({
      name: 'HostError',
      message: expect.stringMatching(message) as unknown,
      remedy: expect.stringMatching(remedy) as unknown,
    });
  });

  it('loses no result of twenty jobs at once', async () => {
    const done = Object.fromEntries(many.map((name) => [name, 'done']));
    const verbs = ['start', 'restart', 'stop', 'stop', 'start', 'start'] as const;
    const [, ...results] = await steps(
      host,
      verbs.map((verb) => ({ do: 'run', verb, units: many })),
    );
    expect(results.map(({ value }) => value)).toEqual(verbs.map(() => done));
  });

  it.each(['daemon-reload', 'daemon-reexec'])('a %s in the middle loses no result', async (verb) => {
    const { value } = await step(host, {
      do: 'run',
      verb: 'restart',
      units: ['t-slow.service'],
      meanwhile: { after: 300, argv: ['systemctl', verb] },
    });
    expect(value).toEqual({ 't-slow.service': 'done' });
  });

  it('stops waiting when asked to; the job continues', async () => {
    const [, aborted, jobs] = await steps(host, [
      { do: 'run', verb: 'restart', units: ['t-slow.service'], abortAfter: 200 },
      { do: 'pendingJobs' },
    ]);
    expect(aborted?.error?.name).toBe('TimeoutError');
    expect(jobs?.value).toContainEqual({ unit: 't-slow.service', verb: 'start', state: 'running' });
    await host.sh('systemctl start t-slow.service');
  });

  it('reports the links that enable makes and disable removes', async () => {
    const path = '/etc/systemd/system/multi-user.target.wants/t-first.service';
    const target = '/etc/systemd/system/t-first.service';
    const on = await step(host, { do: 'enable', units: ['t-first.service'] });
    expect(on.value).toEqual([{ action: 'symlink', path, target }]);
    expect(await host.sh(`readlink ${path}`)).toBe(target);
    // systemd knows of the new link without a daemon-reload by hand.
    expect(await host.sh('systemctl show -p WantedBy --value t-first')).toBe('multi-user.target');
    const [, again, states] = await steps(host, [
      { do: 'enable', units: ['t-first.service'] },
      { do: 'states', units: ['t-first.service'] },
    ]);
    expect(again?.value).toEqual([]);
    expect(states?.value).toMatchObject([{ unitFileState: 'enabled' }]);
    const off = await step(host, { do: 'disable', units: ['t-first.service'] });
    expect(off.value).toMatchObject([{ action: 'unlink', path }]);
    expect((await step(host, { do: 'enable', units: ['t-unknown.service'] })).error?.remedy).toMatch(
      /dockunit apply/,
    );
  });

  it('reads states as systemctl shows them, and a unit no one knows as not-found', async () => {
    await host.sh('systemctl start t-second.service; systemctl start t-false.service || true');
    const names = [
      't-second.service',
      't-false.service',
      'docker.socket',
      't-unknown.service',
      'no unit name',
    ];
    const { value } = await step(host, { do: 'states', units: names });
    expect(value).toMatchObject([
      { loadState: 'loaded', activeState: 'active', subState: 'running', result: 'success', restarts: 0 },
      { activeState: 'failed', subState: 'failed', result: 'exit-code', exitStatus: 1 },
      { name: 'docker.socket', activeState: 'active', result: '' },
      { loadState: 'not-found', activeState: 'inactive' },
      { loadState: 'not-found', activeState: 'inactive' },
    ]);
    const shown = await host.sh('date -d "$(systemctl show -p ActiveEnterTimestamp --value t-second)" +%s');
    const [second] = value as { since: number; fragmentPath: string }[];
    expect(Math.floor((second?.since ?? 0) / 1000)).toBe(Number(shown));
    expect(second?.fragmentPath).toBe('/etc/systemd/system/t-second.service');
  });

  it('reads the states of more units than the bus takes calls at once', async () => {
    const names = Array.from({ length: 300 }, (_, index) => `t-unknown${index}.service`);
    const { value, error } = await step(host, { do: 'states', units: names });
    expect(error).toBeUndefined();
    expect(value).toHaveLength(names.length);
  });

  it('clears the failed state, and is silent where there is nothing to clear', async () => {
    await host.sh('systemctl start t-false.service || true');
    const [, cleared, states] = await steps(host, [
      { do: 'resetFailed', units: ['t-false.service', 't-unknown.service'] },
      { do: 'states', units: ['t-false.service'] },
    ]);
    expect(cleared?.error).toBeUndefined();
    expect(states?.value).toMatchObject([{ activeState: 'inactive', result: 'success' }]);
  });

  it.each([
    { do: 'run', verb: 'start', units: ['t-first.service'] },
    { do: 'enable', units: ['t-first.service'] },
    { do: 'reload' },
  ] satisfies Step[])('tells a user without permission what to do: $do', async (attempt) => {
    const { error } = await step(host, attempt, { as: '65534' });
    expect(error).toMatchObject({
      name: 'HostError',
      remedy: 'Run dockunit as root (sudo), or with --user for services of your own',
    });
    expect(error?.message.length).toBeLessThan(100);
  });

  it('lets everyone read states', async () => {
    const { value } = await step(host, { do: 'states', units: ['t-first.service'] }, { as: '65534' });
    expect(value).toMatchObject([{ loadState: 'loaded' }]);
  });

  it('says how to get a user manager where there is none', async () => {
    const [connected] = await steps(host, [], { scope: 'user', as: '65534' });
    expect(connected?.error).toMatchObject({
      name: 'HostError',
      remedy: expect.stringContaining('loginctl enable-linger') as unknown,
    });
  });

  it('works for root on the own socket of systemd where there is no bus, and tells others', async () => {
    await host.sh('systemctl stop dbus.socket dbus.service 2>&1');
    try {
      const { value, events } = await step(host, { do: 'run', verb: 'restart', units: ['t-second.service'] });
      expect(value).toEqual({ 't-second.service': 'done' });
      expect(events).toContainEqual({ kind: 'job-removed', unit: 't-second.service', result: 'done' });
      // The re-execution closes this connection; a new one takes its place, and the job is found.
      const resumed = await step(host, {
        do: 'run',
        verb: 'restart',
        units: ['t-slow.service'],
        meanwhile: { after: 300, argv: ['systemctl', 'daemon-reexec'] },
      });
      expect(resumed.value).toEqual({ 't-slow.service': 'done' });
      const [refused] = await steps(host, [], { as: '65534' });
      expect(refused?.error).toMatchObject({
        message: expect.stringContaining('Cannot reach the system manager') as unknown,
      });
    } finally {
      await host.sh('systemctl start dbus.socket dbus.service');
    }
  });

  describe('a user manager', () => {
    // Not user@.service: it needs pam_systemd, which a minimal Debian lacks. With dbus-user-session
    // (bookworm's root) it has a bus, without (trixie's) only its own socket.
    const uid = '1234';
    beforeAll(async () => {
      await host.writeFile('/etc/systemd/user/t-user.service', '[Service]\nExecStart=/bin/sleep infinity\n');
      await host.sh(`useradd --uid ${uid} --create-home alice && install -d -m 700 -o alice /run/user/${uid}
        systemd-run --quiet --unit=t-user-manager --uid=alice -p Type=notify -p Delegate=yes \\
          --setenv=XDG_RUNTIME_DIR=/run/user/${uid} /lib/systemd/systemd --user`);
    });

    it('starts the units of its user', async () => {
      const [connected, reload, start, states] = await steps(
        host,
        [
          { do: 'reload' },
          { do: 'run', verb: 'start', units: ['t-user.service'] },
          { do: 'states', units: ['t-user.service'] },
        ],
        { scope: 'user', as: uid },
      );
      expect(connected?.value).toBe('systemd');
      expect(reload?.error).toBeUndefined();
      expect(start?.value).toEqual({ 't-user.service': 'done' });
      expect(start?.events).toContainEqual({
        kind: 'unit-state',
        unit: 't-user.service',
        activeState: 'active',
        subState: 'running',
      });
      expect(states?.value).toMatchObject([{ activeState: 'active' }]);
    });
  });
});

describeHost('the manager where systemd does not run', () => {
  it('is the supervisor, and where none runs says how to start one', async () => {
    await using host = await bootHost({ root: 'bookworm', init: 'plain' });
    await host.writeFile(program, await bundle('manager-steps.ts'));
    const [connected] = await steps(host, []);
    expect(connected?.error).toMatchObject({
      name: 'HostError',
      message: 'No supervisor runs on this host',
      remedy: expect.stringContaining('dockunit supervise') as unknown,
    });
  });
});
