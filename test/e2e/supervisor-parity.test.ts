/**
 * The same applications and the same events on a host with systemd and on one without, under the
 * supervisor: whenever all has settled, the same services are up, as the same containers.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeCorpus } from '../corpus/corpus-tier.ts';
import { describeHost } from './host-tier.ts';
import { installApplications, type ParityApplication, parityApplications } from './parity-applications.ts';
import { type HostState, running, settledState } from './parity-state.ts';
import { program } from './shop-on-host.ts';
import { bootHost, type Host, hostRoots } from './throwaway-host.ts';
import { projectDirectory } from './units-on-host.ts';

/** What is done to a host; gives what must be the same on both, like an exit code. */
type Act = (host: Host, applications: readonly ParityApplication[]) => Promise<unknown>;

const verb =
  (name: string, words: (application: ParityApplication) => string): Act =>
  async (host, applications) => {
    const argv = ['node', program, ...name.split(' '), ...applications.map(words)] as const;
    const { exitCode, stderr } = await host.exec(argv as unknown as [string, ...string[]], {
      timeout: 240_000,
    });
    const failed = [...stderr.matchAll(/^error: (.*)$/gm)].map(([, message]) => message).sort();
    return { exitCode, failed };
  };
const target = ({ name }: ParityApplication): string => `${name}.target`;
const middle = ({ middle: service }: ParityApplication): string => service;

/** Kills the main process of one container of each application: of the `part`th that runs, by name. */
const crash =
  (part: number, before: () => HostState): Act =>
  async (host, applications) => {
    const up = running(before());
    const victims = applications.flatMap(
      ({ name }) => up.filter(({ project }) => project === name)[part]?.container ?? [],
    );
    await host.sh(`kill -9 $(docker inspect --format '{{.State.Pid}}' ${victims.join(' ')})`);
    return victims;
  };

/** Two hosts with 28 services each: on a busy machine that takes its time. */
const timeout = 600_000;

for (const root of hostRoots) {
  describeCorpus(
    `the same with systemd and without on ${root}`,
    () => {
      let applications: readonly ParityApplication[];
      let hosts: readonly [systemd: Host, plain: Host];
      let last: HostState;

      beforeAll(async () => {
        applications = await parityApplications();
        const boot = async (init: 'systemd' | 'plain'): Promise<Host> => {
          const host = await bootHost({ root, init, bind: projectDirectory });
          await installApplications(host, applications);
          return host;
        };
        hosts = await Promise.all([boot('systemd'), boot('plain')]);
        await hosts[0].sh('systemctl daemon-reload');
        await hosts[1].sh(`node ${program} supervise --install --now --init rc.local`);
      });
      afterAll(() => Promise.all((hosts ?? []).map((host) => host.down())));

      /** @param counts whether NRestarts says the same on both */
      const same = async (act: Act, counts = true): Promise<void> => {
        const [left, right] = await Promise.all(hosts.map((host) => act(host, applications)));
        expect(right).toEqual(left);
        const [systemd, plain] = await Promise.all(hosts.map((host) => settledState(host)));
        if (systemd === undefined || plain === undefined) throw new Error('there are two hosts');
        expect(plain.services).toEqual(systemd.services);
        if (counts) expect(plain.restarts).toEqual(systemd.restarts);
        expect(plain.containers).toEqual(systemd.containers);
        last = systemd;
      };
      const up = (): number => running(last).length;

      it('start all', { timeout }, async () => {
        await same(verb('enable', target));
        await same(verb('start', target));
        // All but what has completed, and what fails by design.
        expect(up()).toBe(Object.keys(last.services).length - 2);
      });

      it.each([0, 1, 2, 3, 4])(
        'the main process of a container of each is killed (%i)',
        { timeout },
        async (part) => {
          const before = up();
          await same(crash(part, () => last));
          expect(up()).toBe(before);
        },
      );

      it('stop one in the middle, start it again', { timeout }, async () => {
        const before = up();
        await same(verb('stop', middle));
        expect(up()).toBeLessThan(before - applications.length);
        // What requires it stays down: no one asked for that.
        await same(verb('start', middle));
        expect(up()).toBeLessThan(before);
        await same(verb('start', target));
        expect(up()).toBe(before);
      });

      it('restart one', { timeout }, async () => {
        await same(verb('restart', middle));
      });

      it('restart of dockerd', { timeout }, async () => {
        const before = up();
        // systemd takes the units through jobs with docker.service; without it their containers die, and
        // Restart= counts that, until the next start by hand.
        await same(
          (host) =>
            host.sh(
              host.init === 'systemd' ? 'systemctl restart docker' : '/etc/init.d/docker restart >/dev/null',
            ),
          false,
        );
        expect(up()).toBe(before);
      });

      it('stop all', { timeout }, async () => {
        await same(verb('stop', target), false);
        expect(up()).toBe(0);
      });

      it('reboot', { timeout }, async () => {
        await same(async (host) => {
          await host.sh('sync');
          await host.reboot();
        });
        expect(up()).toBe(Object.keys(last.services).length - 2);
      });
    },
    describeHost,
  );
}
