/** The compiled code that bin/dockunit.js keeps beside the program: whatever becomes of it, the output is right. */
import {
  appendFileSync,
  chmodSync,
  chownSync,
  cpSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const project = fileURLToPath(new URL('../..', import.meta.url));
const cwd = join(project, 'examples/sqlite');

describe('the kept code', () => {
  let folder = '';
  let expected = '';

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'dockunit-kept-'));
    cpSync(join(project, 'bin'), join(folder, 'bin'), { recursive: true });
    cpSync(join(project, 'dist'), join(folder, 'dist'), { recursive: true });
    for (const name of keptNames()) rmSync(join(folder, 'dist', name));
    expected = await generate();
    expect(expected).toContain('[X-Dockunit]');
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('is kept by the first run, and used by the next', async () => {
    const first = statSync(keptPath());
    expect(await generate()).toBe(expected);
    expect(statSync(keptPath()).ino).toBe(first.ino);
  });

  it('is moved aside where it is damaged', async () => {
    const whole = readFileSync(keptPath());
    const flipped = (at: number): Buffer => {
      const bytes = Buffer.from(whole);
      bytes.writeUInt8(bytes.readUInt8(at) ^ 0x10, at);
      return bytes;
    };
    const damaged = [
      Buffer.alloc(0),
      Buffer.alloc(whole.length),
      whole.subarray(0, whole.length / 2),
      whole.subarray(0, -4096),
      ...[0, 0.1, 0.4, 0.9].map((part) => flipped(Math.floor(part * whole.length))),
    ];
    for (const bytes of damaged) {
      writeFileSync(keptPath(), bytes);
      const before = statSync(keptPath()).ino;
      expect(await generate()).toBe(expected);
      const after = statSync(keptPath()).ino;
      expect(after).not.toBe(before);
      expect(await generate()).toBe(expected);
      expect(statSync(keptPath()).ino).toBe(after);
    }
  });

  it('of another build is not used, whatever its name', async () => {
    const old = keptPath();
    const program = join(folder, 'dist/generate.cjs');
    const text = readFileSync(program, 'utf8');
    // esbuild breaks long lines, within a string too.
    const name = new RegExp([...'ConfigHash'].join('(?:\\\\\n)?'), 'g');
    writeFileSync(program, text.replace(name, 'ConfigurationHash'));
    appendFileSync(program, '2');
    const changed = await generate();
    expect(changed).toBe(expected.replaceAll('ConfigHash', 'ConfigurationHash'));
    renameSync(old, keptPath());
    expect(await generate()).toBe(changed);
  });

  it('is kept only by the owner of the folder, who can write there', async () => {
    rmSync(keptPath());
    const dist = join(folder, 'dist');
    if (process.geteuid?.() === 0) chownSync(dist, 1, 1);
    else chmodSync(dist, 0o555);
    try {
      expect(await generate()).toBe(expected);
      expect(keptNames()).toEqual([]);
    } finally {
      chmodSync(dist, 0o755);
    }
  });

  it('survives several processes that start at once', async () => {
    rmSync(keptPath());
    expect(await Promise.all([generate(), generate(), generate(), generate()])).toEqual(
      Array(4).fill(expected),
    );
    const { ino } = statSync(keptPath());
    expect(await generate()).toBe(expected);
    expect(statSync(keptPath()).ino).toBe(ino);
  });

  async function generate(): Promise<string> {
    const { stdout, stderr } = await execa('node', [join(folder, 'bin/dockunit.js'), 'generate'], { cwd });
    expect(stderr).toBe('');
    return stdout;
  }

  function keptNames(): readonly string[] {
    return readdirSync(join(folder, 'dist')).filter((name) => !name.endsWith('.cjs'));
  }

  function keptPath(): string {
    const [name, ...others] = keptNames().filter((kept) => kept.endsWith(buildOf()));
    expect([name, others]).toEqual([expect.any(String), []]);
    return join(folder, 'dist', name ?? '');
  }

  /** What tells this build from others: the end of the program. */
  function buildOf(): string {
    const text = readFileSync(join(folder, 'dist/generate.cjs'), 'utf8');
    return text.slice(text.lastIndexOf('//') + 2);
  }
});
