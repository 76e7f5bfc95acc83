import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeEachRoot } from './host-tier.ts';
import { makeImages } from './images.ts';
import { type Host, bootHost } from './throwaway-host.ts';
import {
  buildExampleImage,
  installFromOutside,
  installSpec,
  projectDirectory,
  untilNoJobs,
  untilRunning,
} from './units-on-host.ts';

const web = { 'todo-web.service': 'todo-web' };

describeEachRoot('examples/todo', (root) => {
  let host: Host;

  beforeAll(async () => {
    host = await bootHost({ root, init: 'systemd', withoutNode: true });
    await buildExampleImage(host, 'todo');
    await installFromOutside(host, `${projectDirectory}/examples/todo/compose.yaml`);
  });
  afterAll(() => host.down());

  const page = (): Promise<string> => host.sh('curl -sf http://127.0.0.1:8000/');
  const list = async (good: (html: string) => boolean): Promise<string> => host.until('the page', page, good);

  it('serves the list under its title', async () => {
    await host.sh('systemctl enable --now todo-web');
    await untilRunning(host, web, 1_000);
    await list((html) => html.includes('<h1>Things to do</h1>'));
    await host.sh('curl -sf -d text=milk http://127.0.0.1:8000/');
    await list((html) => html.includes('<li>milk</li>'));
  });

  it('is called healthy by Docker', async () => {
    await host.until(
      'its health',
      () => host.sh('docker inspect --format {{.State.Health.Status}} todo-web'),
      (health) => health === 'healthy',
    );
  });

  it('keeps the list when it is stopped and when the host reboots', async () => {
    await host.sh('systemctl stop todo.target todo-web todo-vol-data');
    expect(await host.sh('docker ps --all --quiet; docker volume ls --quiet')).toBe('todo_data');
    await host.sh('sync');
    await host.reboot();
    await untilNoJobs(host);
    await untilRunning(host, web);
    await list((html) => html.includes('<li>milk</li>'));
  });
});

describeEachRoot('networks, links and anonymous volumes', (root) => {
  let host: Host;
  const image = 'app:test';

  beforeAll(async () => {
    host = await bootHost({ root, init: 'systemd', withoutNode: true });
    await makeImages(host, 'app');
    await host.sh('docker network create theirs');
    await installSpec(host, {
      name: 'nets',
      services: {
        db: { image, command: ['serve=80', 'forever'], networks: { back: { aliases: ['store'] } } },
        web: {
          image,
          command: ['forever'],
          links: ['db:database'],
          volumes: ['/data'],
          networks: { front: { ipv4_address: '172.30.5.9' }, back: null, theirs: { priority: 10 } },
        },
      },
      networks: {
        front: { ipam: { config: [{ subnet: '172.30.5.0/24' }] }, labels: { tier: 'front' } },
        back: { internal: true },
        theirs: { external: true },
      },
    });
    await host.sh('systemctl start nets-web');
  });
  afterAll(() => host.down());

  const inspect = async (what: string, format: string): Promise<unknown> =>
    JSON.parse(await host.sh(`docker inspect --format '{{json ${format}}}' ${what}`)) as unknown;

  it('attach the container to each, with address and aliases', async () => {
    const networks = (await inspect('nets-web', '.NetworkSettings.Networks')) as Record<
      string,
      { IPAddress: string; Aliases: readonly string[] }
    >;
    expect(Object.keys(networks).sort()).toEqual(['nets_back', 'nets_front', 'theirs']);
    expect(networks.nets_front?.IPAddress).toBe('172.30.5.9');
    for (const network of Object.values(networks)) expect(network.Aliases).toContain('web');
  });

  it.each(['db', 'store', 'database', 'nets-db'])('let the service be reached as %s', async (name) => {
    expect(await host.sh(`docker exec nets-web wget -q -O - http://${name}/`)).not.toBe('');
  });

  it('are created as described', async () => {
    expect(await inspect('nets_back', '.Internal')).toBe(true);
    expect(await inspect('nets_front', '.Labels')).toMatchObject({ tier: 'front' });
  });

  it('keep what an anonymous volume holds when the container is recreated', async () => {
    await host.sh('docker exec nets-web sh -c "echo kept >/data/file"');
    await host.sh('systemctl restart nets-web');
    expect(await host.sh('docker exec nets-web cat /data/file')).toBe('kept');
  });

  const replaceFront = async (...labels: readonly string[]): Promise<unknown> => {
    await host.sh('systemctl stop nets.target nets-web nets-db nets-net-front');
    await host.sh(
      `docker network rm nets_front && docker network create ${labels.map((label) => `--label ${label}`).join(' ')} --subnet 172.30.5.0/24 nets_front`,
    );
    await host.sh('systemctl start nets-web');
    return inspect('nets_front', '.Labels');
  };

  it('are left alone when someone else made them', async () => {
    expect(await replaceFront('mine=yes')).toEqual({ mine: 'yes' });
    const others = ['dockunit.project=other', 'dockunit.config=of-another'];
    expect(Object.keys((await replaceFront(...others)) as object)).not.toContain('tier');
  });

  it('are recreated when they are ours and their configuration has changed', async () => {
    const labels = ['dockunit.project=nets', 'dockunit.config=of-an-earlier-version'];
    expect(await replaceFront(...labels)).toMatchObject({ tier: 'front' });
  });
});
