/**
 * The generator itself, a script of sh; systemd.generator(7). systemd runs it at every daemon-reload, and
 * the installation of one package alone causes several; the boot waits for it. So its cost is decided by
 * the case in which nothing changed.
 *
 * - **Nothing changed** is decided by content: `check` compares the names of existing files with builtins
 *   of the shell, then one b2sum(1) reads every file that the units were compiled from and compares BLAKE2
 *   digests. Builtins alone could compare times, sizes and inodes (`-nt`, `-ef`), but that is no proof:
 *   `cp -p`, `rsync -t`, a checkout and a clock set back all leave an older time on newer content. Reading
 *   the files by builtins would be proof, but dash reads one byte per call: slower than b2sum from 2 KB on.
 * - **Then one cp(1)** copies the kept units into place; no builtin can make directories and links.
 * - **Something changed**: Node compiles everything (`dockunit generator-run`), under a deadline.
 * - **dockunit never uses old units silently.** Where Node is gone, fails or takes too long, the units kept
 *   last are better than a host without services, and the kernel log says that they are old.
 *
 * /var may be mounted after this runs: the cache is useful where it is there, and not needed.
 */
import { quoteWord } from '../text/shell-word.ts';
import front from './front.sh?raw';
import type { GeneratorPaths } from './paths.ts';

const mark = '# Made by dockunit install-generator; dockunit install-generator --uninstall takes it away.';

/**
 * Seconds for compiling all files: a hundred times the usual duration, and a ninth of the time systemd
 * gives generators.
 */
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

/** The words that a front runs to compile, read from its text; [] where it is not dockunit's. */
export function commandOf(text: string): readonly string[] {
  const call = text.slice(text.indexOf('exec timeout '));
  const line = /^exec timeout [^"\n]*"\$budget" (.*) 2>&1/.exec(call)?.[1] ?? '';
  return [...line.matchAll(/(?:'[^']*'|\\')+/g)].map(([word]) => word.replace(/'([^']*)'|\\(')/g, '$1$2'));
}

/** Whether a generator with that text is dockunit's. */
export function isOurFront(text: string): boolean {
  return text.split('\n').includes(mark);
}
