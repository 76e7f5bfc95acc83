import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeHost } from './host-tier.ts';
import { dockunit } from './shop-on-host.ts';
import { connectBySsh } from './ssh-link.ts';
import { type Host, bootHost } from './throwaway-host.ts';
import { projectDirectory } from './units-on-host.ts';

describeHost('--host with a host that has no systemd', () => {
  let here: Host;
  let there: Host;
  beforeAll(async () => {
    [here, there] = await Promise.all([
      bootHost({ root: 'bookworm', init: 'systemd', bind: projectDirectory }),
      bootHost({ root: 'bookworm', init: 'plain', withoutNode: true }),
    ]);
    await connectBySsh(here, there);
  });
  afterAll(() => Promise.all([here.down(), there.down()]));

  it('says that it needs it, and changes nothing', async () => {
    const spec = { name: 'pair', services: { web: { image: 'app:test' } } };
    await here.writeFile('/srv/shop/compose.yaml', JSON.stringify(spec));
    const { exitCode, stderr } = await dockunit(here, 'apply', '--host', 'there');
    expect(stderr).toMatch(/On there: systemd does not run on this host\n→ .*--host needs systemd there/);
    expect(exitCode).toBe(1);
    expect((await there.exec(['ls', '/etc/systemd/system/pair-web.service'])).exitCode).not.toBe(0);
  });
});
