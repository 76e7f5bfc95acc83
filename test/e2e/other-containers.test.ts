/** A database that docker compose runs, under write load: no verb starts a second one on its volume. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeHost } from './host-tier.ts';
import { makeImages } from './images.ts';
import { dockunit, program, succeed, supervise, writeShop } from './shop-on-host.ts';
import { type ExecResult, type Host, bootHost } from './throwaway-host.ts';
import { projectDirectory } from './units-on-host.ts';

const units = '/etc/systemd/system';

/** Writes its name each 10 ms, and a row each time around. */
const write =
  'sqlite3 /data/db.sqlite "create table if not exists log (n integer primary key, who)"; ' +
  'while :; do hostname >>/data/who; sqlite3 /data/db.sqlite "insert into log (who) values (\'$$HOSTNAME\')"; usleep 10000; done';

const shop = {
  name: 'shop',
  services: {
    db: {
      image: 'sqlite:test',
      command: ['sh', '-c', write],
      stop_grace_period: '1s',
      volumes: ['data:/data'],
    },
    web: { image: 'app:test', ports: ['18080:80'], depends_on: ['db'] },
  },
  volumes: { data: {} },
};

// Only Debian 13 has docker compose.
for (const init of ['systemd', 'plain'] as const) {
  describeHost(`beside docker compose, on trixie under ${init}`, () => {
    let host: Host;
    let first = '';

    beforeAll(async () => {
      host = await bootHost({ root: 'trixie', init, bind: projectDirectory });
      await makeImages(host, 'sqlite', 'app');
      await host.sh(`mkdir -p ${units}`);
      await writeShop(host, shop);
      if (init === 'plain') await supervise(host);
      await host.sh('cd /srv/shop && docker compose up --detach 2>&1');
    });
    afterAll(() => host.down());

    const containers = (): Promise<string> => host.sh(`docker ps --all --format '{{.Names}}' | sort`);
    const inOther = (...words: readonly string[]): Promise<ExecResult> =>
      host.exec(['sh', '-c', 'cd /srv/other && exec node "$@"', 'sh', program, ...words]);
    /** The containers that wrote, each as often as it began to. */
    const writers = (): Promise<string> =>
      host.sh('cat $(docker volume inspect --format {{.Mountpoint}} shop_data)/who | uniq');
    const expectRefused = async (words: readonly string[]): Promise<void> => {
      const { exitCode, stdout, stderr } = await dockunit(host, ...words);
      expect({ words, exitCode }).toEqual({ words, exitCode: 1 });
      expect(stdout + stderr).toContain('shop-db-1 (runs; has the volume shop_data)');
      expect(stdout + stderr).toContain('cd /srv/shop && docker compose down');
      expect(await containers()).toBe('shop-db-1\nshop-web-1');
    };

    it('nothing is installed', async () => {
      first = await host.sh('docker inspect --format {{.Config.Hostname}} shop-db-1');
      await host.until('it writes', writers, (who) => who === first);
      for (const words of [['check'], ['generate', '-o', units], ['apply', '--dry-run'], ['apply']]) {
        await expectRefused(words);
      }
      expect(await host.sh(`find ${units} -name 'shop*'`)).toBe('');
    });

    it('and nothing starts of what is installed already', async () => {
      await succeed(host, 'generate', '-o', '/tmp/units');
      await host.sh(`cp /tmp/units/* ${units}`);
      await succeed(host, 'reload');
      for (const words of [
        ['start'],
        ['start', 'db'],
        ['restart'],
        ['enable'],
        ['enable', '--now'],
        ['update'],
        ['doctor'],
      ]) {
        await expectRefused(words);
      }
      await host.sh(`rm ${units}/shop*`);
      await succeed(host, 'reload');
    });

    it('after docker compose down the data is written on, by one at a time', async () => {
      await host.sh('cd /srv/shop && docker compose down 2>&1');
      await succeed(host, 'apply');
      const after = await host.sh('docker inspect --format {{.Config.Hostname}} shop-db');
      await host.until('it writes', writers, (who) => who.endsWith(after));
      expect((await writers()).split('\n')).toEqual([first, after]);
      const query =
        'pragma busy_timeout = 5000; pragma integrity_check; select distinct who from log order by n';
      const { stdout } = await host.exec(['docker', 'exec', 'shop-db', 'sqlite3', '/data/db.sqlite', query]);
      expect(stdout.trim().split('\n').slice(1)).toEqual(['ok', first, after]);
    });

    it('its own containers are never in its way', async () => {
      for (const words of [
        ['apply'],
        ['check'],
        ['restart'],
        ['start'],
        ['enable'],
        ['generate', '-o', units],
      ]) {
        await succeed(host, ...words);
      }
    });

    it('a file of another project acts on none but its own', async () => {
      await host.writeFile('/srv/other/compose.yaml', JSON.stringify({ ...shop, name: 'other' }));
      const before = await containers();
      for (const words of [['stop'], ['restart'], ['update'], ['remove', '--volumes'], ['stop', 'db']]) {
        const { exitCode, stderr } = await inOther(...words);
        expect({ words, exitCode }).toEqual({ words, exitCode: 2 });
        expect(stderr).toContain('shop');
      }
      expect(await containers()).toBe(before);
      expect((await inOther('status')).stderr).toContain('is of no installed project');
    });

    it('nor is the project started a second time under another name', async () => {
      await writeShop(host, { ...shop, name: 'store' });
      for (const words of [['check'], ['apply', '--dry-run'], ['apply'], ['generate', '-o', units]]) {
        const { exitCode, stderr } = await dockunit(host, ...words);
        expect({ words, exitCode }).toEqual({ words, exitCode: 1 });
        expect(stderr).toContain('data: { name: shop_data }');
      }
      expect((await dockunit(host, 'diff')).stderr).toContain('is installed as the project shop');
      await succeed(host, 'remove', '-p', 'shop');
      await writeShop(host, { ...shop, name: 'store', volumes: { data: { name: 'shop_data' } } });
      await succeed(host, 'apply');
    });
  });
}
