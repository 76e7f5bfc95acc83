/** Ten containers of one project, and a plain daemon, as the fault tests of the supervisor run them. */
import { compileText, filesOf } from '../../exactness/compile-services.ts';
import type { Behaviour } from './fake-world.ts';

const image = 'app:test';
const healthy = { condition: 'service_healthy' };
const started = { condition: 'service_started' };

const services = {
  db: { image, healthcheck: { test: ['CMD', 'true'], interval: '1s' } },
  migrate: { image, depends_on: { db: healthy } },
  web: {
    image,
    depends_on: { db: healthy, migrate: { condition: 'service_completed_successfully' } },
  },
  proxy: { image, depends_on: { web: started } },
  cache: { image },
  api: { image, depends_on: { cache: { ...started, restart: true } } },
  worker: { image, depends_on: { cache: started } },
  mail: { image },
  metrics: { image },
  idle: { image },
};
export type ServiceName = keyof typeof services;

/** Soon again, so that a test need not wait. */
const soon = { Service: { RestartSec: '5ms', RestartSteps: '0' } };

export const behaviours: Readonly<Record<string, Behaviour>> = {
  'shop-db': { healthy: true },
  'shop-migrate': { exits: 0 },
};

/** Unit files by name. `daemon.service` has no container: it is a child of the supervisor. */
export function tenUnits(): Readonly<Record<string, string>> {
  const text = JSON.stringify({ name: 'shop', services, 'x-systemd': soon });
  const files = filesOf(compileText(text, { systemd: 257, docker: 26 }));
  return {
    ...Object.fromEntries([...files].map(([name, { content }]) => [name, content])),
    'daemon.service': `[Service]\nExecStart=/bin/daemon\nRestart=always\nRestartSec=5ms\n[Install]\nWantedBy=multi-user.target\n`,
  };
}
