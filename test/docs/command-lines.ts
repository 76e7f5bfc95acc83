/**
 * Command lines of dockunit as pages show them: in code blocks, after a prompt, between pipes.
 */
import { CommanderError } from 'commander';
import { buildProgram } from '../../src/cli/program.ts';

/** The fenced blocks of a page that a reader would copy into a shell. */
export function shellBlocks(markdown: string): readonly string[] {
  return pageBlocks('', markdown).map(({ text }) => text);
}

/** A fenced block of commands. */
export interface PageBlock {
  readonly page: string;
  /** Its place among the blocks of the page. */
  readonly index: number;
  /** `sh`: commands alone; `console`: commands after `# `, with what they print. */
  readonly kind: 'sh' | 'console';
  readonly text: string;
}

/** The blocks of a page that show commands. */
export function pageBlocks(page: string, markdown: string): readonly PageBlock[] {
  return [...markdown.matchAll(/^```(sh|console)\n(.*?)^```$/gms)].map(([, kind, text = ''], index) => ({
    ...{ page, index, text },
    kind: kind === 'sh' ? 'sh' : 'console',
  }));
}

/** The command lines of a block, without prompts. */
export function blockCommands({ kind, text }: PageBlock): readonly string[] {
  const lines = text.split('\n').filter((line) => line !== '');
  return kind === 'sh' ? lines : lines.flatMap((line) => /^# (.*)/.exec(line)?.[1] ?? []);
}

/** Each `dockunit …` in shell text as its words; quotes are taken off, redirections and comments left out. */
export function dockunitCommands(shell: string): readonly (readonly string[])[] {
  return shell.split('\n').flatMap((line) =>
    line
      .replace(/^[#$] /, '')
      .replace(/(^|\s)#.*$/, '')
      .split(/\||&&|;|<\(|\)/)
      .map((command) => command.trim().replace(/^sudo /, ''))
      .filter((command) => /^dockunit(\s|$)/.test(command))
      .map((command) =>
        command
          .replace(/\s[0-9]?>.*$/, '')
          .split(/\s+/)
          .slice(1)
          .map((word) => word.replaceAll(/['"]/g, '')),
      ),
  );
}

/** What the program makes of the words: the verb it would run, or what it says against them. */
export async function tryCommand(words: readonly string[]): Promise<{ verb?: string; complaint?: string }> {
  const seen: { verb?: string } = {};
  let said = '';
  const program = buildProgram((_verb, spec) => {
    seen.verb = spec.summary;
    return Promise.resolve();
  });
  for (const command of [program, ...program.commands]) {
    command.configureOutput({
      writeErr: (text) => {
        said += text;
      },
      writeOut: () => undefined,
    });
  }
  try {
    await program.parseAsync([...words], { from: 'user' });
    return seen;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? seen : { complaint: said || error.message };
  }
}
