/**
 * The generator itself, a script of sh; systemd.generator(7). It is run at every daemon-reload, of which a
 * package's installation alone does several, and holds up the boot: so what it does when nothing changed
 * decides what it costs.
 *
 * - **Nothing changed** is found out by content: `check` compares the names of what there is with builtins
 *   of the shell, then one b2sum(1) reads every file that the units were made of and compares BLAKE2
 *   digests. Times, sizes and inodes would be had by builtins alone (`-nt`, `-ef`), and would be no proof:
 *   `cp -p`, `rsync -t`, a checkout and a clock set back all leave an older time on newer content. Reading
 *   by builtins would be proof, but dash reads a byte a call: slower than b2sum from 2 KB on.
 * - **Then one cp(1)** puts the kept units into place; directories and links no builtin can make.
 * - **Something changed**: Node compiles everything (`dockunit generator-run`), under a deadline.
 * - **Units of other files are never used in silence.** Where Node is gone, fails or takes too long, the
 *   units kept last are better than a host without services, and the kernel log says that they are old.
 *
 * /var may be mounted later than this runs: what is there is of use where it is, and not needed.
 */
import { quoteWord } from '../text/shell-word.ts';
import front from './front.sh?raw';
import type { GeneratorPaths } from './paths.ts';

const mark = '# Made by dockunit install-generator; dockunit install-generator --uninstall takes it away.';

/** Seconds for compiling all files: a hundred times what it takes, and a ninth of what systemd allows generators. */
const budget = 10;

/**
 * @param command the words that run `dockunit generator-run`; the first absolute
 * @param seconds that it may take
 */
export function frontScript(
  paths: GeneratorPaths,
  command: readonly string[],
  seconds: number = budget,
): string {
  const values: Readonly<Record<string, string>> = {
    MARK: mark,
    SOURCES: quoteWord(paths.sources),
    RUN: quoteWord(paths.run),
    CACHE: quoteWord(paths.cache),
    KMSG: quoteWord(paths.kmsg),
    JOURNAL: quoteWord(paths.journal),
    BUDGET: String(seconds),
    COMMAND: command.map(quoteWord).join(' '),
  };
  return front.replace(/@([A-Z]+)@/g, (whole, name: string) => values[name] ?? whole);
}

/** The words that a front runs to compile, by its text; [] where it is not ours. */
export function commandOf(text: string): readonly string[] {
  const call = text.slice(text.indexOf('exec timeout '));
  const line = /^exec timeout [^"\n]*"\$budget" (.*) 2>&1/.exec(call)?.[1] ?? '';
  return [...line.matchAll(/(?:'[^']*'|\\')+/g)].map(([word]) => word.replace(/'([^']*)'|\\(')/g, '$1$2'));
}

/** Whether a generator with that text is ours. */
export function isOurFront(text: string): boolean {
  return text.split('\n').includes(mark);
}
