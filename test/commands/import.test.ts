import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from '../../src/commands/import.ts';
import { writtenContext } from '../run/written-context.ts';

const versions = { systemdVersion: 252, dockerVersion: 26 };
const temporary = (): string => mkdtempSync(join(tmpdir(), 'dockunit-import-'));

describe('import', () => {
  it('prints the file, and reports omissions on standard error', async () => {
    const { context, written } = writtenContext({ workingDirectory: '/srv/app' });
    expect(await run(context, versions, ['docker', 'run', '-d', '-e', 'A=$B', 'app'])).toBe(0);
    expect(written.out).toBe(
      'services:\n  app:\n    image: app\n    environment:\n      A: $$B\n    network_mode: default\n    restart: "no"\n',
    );
    expect(written.err).toContain('--detach is left out');
  });

  it('accepts a line that is one quoted word', async () => {
    const { context, written } = writtenContext();
    await run(context, versions, ['docker run --name web "app"']);
    expect(written.out).toContain('container_name: web');
  });

  it('writes a new file, and never overwrites one', async () => {
    const workingDirectory = temporary();
    const { context } = writtenContext({ workingDirectory });
    const options = { ...versions, output: 'web.yaml', projectName: 'shop' };
    expect(await run(context, options, ['docker', 'run', 'app'])).toBe(0);
    const text = readFileSync(join(workingDirectory, 'web.yaml'), 'utf8');
    expect(text).toMatch(/^name: shop\n/);
    writeFileSync(join(workingDirectory, 'web.yaml'), 'mine\n');
    await expect(run(context, options, ['docker', 'run', 'app'])).rejects.toMatchObject({
      message: `${join(workingDirectory, 'web.yaml')} is there already`,
    });
    expect(readFileSync(join(workingDirectory, 'web.yaml'), 'utf8')).toBe('mine\n');
  });

  it('ends with 2 and writes nothing where a line cannot be read', async () => {
    const { context, written } = writtenContext();
    expect(await run(context, versions, ['docker', 'run', '--volum', '/a:/b', 'app'])).toBe(2);
    expect(written.out).toBe('');
    expect(written.err).toContain('→ Write --volume');
  });

  it('ends with 1, with the file, where dockunit does not compile it unchanged', async () => {
    const { context, written } = writtenContext({ workingDirectory: '/nowhere' });
    expect(await run(context, versions, ['docker', 'run', '--env-file', 'absent', 'app'])).toBe(1);
    expect(written.out).toContain('path: /nowhere/absent');
    expect(written.err).toContain('the env_file /nowhere/absent does not exist');
  });

  it('requires options before the names of containers', async () => {
    const { context } = writtenContext();
    await expect(run(context, { ...versions, running: true }, ['web', '-o', 'x'])).rejects.toMatchObject({
      message: '-o stands after the names of containers',
    });
  });
});
