/** What a real terminal receives of a file that a stranger wrote. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../temporary-directory.ts';

const program = fileURLToPath(new URL('../../bin/dockunit.js', import.meta.url));
const hostile = 'a\u202eb\u2066c\u200bd\u0085e';

/** Run below script(1), which gives it a terminal of its own. */
function onTerminal(words: string, compose: string): string {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, 'compose.yaml'), compose);
  return execFileSync('script', ['-qec', `node ${program} ${words}; true`, '/dev/null'], {
    cwd: directory,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  });
}

describe('on a terminal', () => {
  it.each(['generate', 'config', 'config --json', 'graph', 'check', 'nonsense'])(
    '%s shows control and format characters, and obeys none',
    (words) => {
      const services = {
        web: { image: 'a', labels: { [hostile]: hostile }, environment: { A: hostile }, [hostile]: hostile },
      };
      const seen = onTerminal(words, `# ${hostile}\n${JSON.stringify({ name: 'shop', services })}`);
      expect(seen.replace(/\r?\n|\t/g, '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    },
  );

  it('shows them in the unit that it prints', () => {
    const compose = JSON.stringify({
      name: 'shop',
      services: { web: { image: 'a', command: ['a\u202eb'] } },
    });
    expect(onTerminal('generate', compose)).toContain('a\\u{202e}b');
  });
});
