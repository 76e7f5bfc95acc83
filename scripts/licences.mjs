/** The licences of the packages that the bundles hold: those texts ship with them, as each of the licences asks. */
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Licences that let the code be part of a program under the MIT licence, by their SPDX names. */
const accepted = new Set(['MIT', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'Apache-2.0']);

/** Of packages whose package.json does not say it in one word: what the text beside it is. */
const byText = { '@nornagon/put': 'MIT', jsbi: 'Apache-2.0', 'map-stream': 'MIT', 'pause-stream': 'MIT' };

/**
 * One text with the name, version and licence of each package, sorted by name.
 * @param inputs paths of the files that esbuild bundled (metafile.inputs)
 * @throws Error for a package whose licence is not accepted, or has no text
 */
export async function licencesOf(inputs) {
  const directories = new Set(inputs.flatMap((path) => packageDirectory(path) ?? []));
  const parts = await Promise.all([...directories].sort().map(licenceOf));
  return `dockunit contains these packages.\n\n${parts.join('\n')}`;
}

/** `node_modules/a/node_modules/@b/c/x.js` → `node_modules/a/node_modules/@b/c`. */
function packageDirectory(path) {
  return /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0];
}

async function licenceOf(directory) {
  const { name, version, license } = JSON.parse(await readFile(join(directory, 'package.json'), 'utf8'));
  const licence = byText[name] ?? license;
  if (!accepted.has(licence)) {
    throw new Error(`${name} is under ${JSON.stringify(licence)}: see whether it may be part of dockunit`);
  }
  const files = (await readdir(directory)).filter((entry) => /^(licen[cs]e|notice)/i.test(entry)).sort();
  if (files.length === 0) throw new Error(`${name} has no text of its licence in ${directory}`);
  const texts = await Promise.all(files.map((file) => readFile(join(directory, file), 'utf8')));
  return `--- ${name} ${version}, ${licence}\n\n${texts.map((text) => text.trim()).join('\n\n')}\n`;
}
