// Runs on a throwaway host: prints all containers, networks and volumes of its engine as the Engine
// API shows them, one JSON object on one line, then removes them. One process in place of seven docker clients.
import { request } from 'node:http';
import { setTimeout } from 'node:timers/promises';

const call = (method, path) =>
  new Promise((resolve, reject) => {
    const sent = request({ socketPath: '/run/docker.sock', method, path }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk) => (text += chunk));
      response.on('end', () => {
        if (response.statusCode >= 400) reject(new Error(`${method} ${path}: ${text}`));
        else resolve(text === '' ? undefined : JSON.parse(text));
      });
    });
    sent.on('error', reject).end();
  });
const get = (path) => call('GET', path);
const builtIn = ['bridge', 'host', 'none'];
const ownNetworks = () => get('/networks').then((all) => all.filter(({ Name }) => !builtIn.includes(Name)));

const [containers, networks, volumes] = await Promise.all([
  get('/containers/json?all=1').then((all) =>
    Promise.all(all.map(({ Id }) => get(`/containers/${Id}/json`))),
  ),
  ownNetworks(),
  get('/volumes').then(({ Volumes }) => Volumes ?? []),
]);
console.log(JSON.stringify({ containers, networks, volumes }));

// Until nothing is left: a Docker whose client gave up may still be making a container.
const deadline = Date.now() + 20_000;
for (;;) {
  const refused = await removeAll().catch((error) => error);
  if (refused === undefined) break;
  if (Date.now() > deadline) throw refused;
  await setTimeout(100);
}

async function removeAll() {
  for (const { Id } of await get('/containers/json?all=1'))
    await call('DELETE', `/containers/${Id}?force=1&v=1`);
  for (const { Id } of await ownNetworks()) await call('DELETE', `/networks/${Id}`);
  // Anonymous volumes went with their containers.
  for (const { Name } of (await get('/volumes')).Volumes ?? []) {
    await call('DELETE', `/volumes/${encodeURIComponent(Name)}`);
  }
}
