/** Compose files that are there for their YAML: random ones, and every encoding. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Case } from './compare-cases.ts';
import { yamlTextFrom } from './yaml-text.ts';

/** The texts of so many seeds from the first on, each in a folder of its own below `directory`. */
export function writeYamlTexts(first: number, count: number, directory: string): readonly Case[] {
  return Array.from({ length: count }, (_, index) => {
    const seed = String(first + index);
    return writeCase(`seed ${seed}`, Buffer.from(yamlTextFrom(first + index)), join(directory, seed));
  });
}

const text = 'services:\n  web:\n    image: busybox\n    hostname: h\u00e9\u{1f600}\n';
const littleEndian = (one: string): Buffer => Buffer.from(one, 'utf16le');
const bigEndian = (one: string): Buffer => littleEndian(one).swap16();
const withBytes = (...bytes: readonly number[]): Buffer =>
  Buffer.concat([Buffer.from(`${text}# `), Buffer.from(bytes), Buffer.from('\n')]);

const encodings: Readonly<Record<string, Buffer>> = {
  'UTF-8 with a mark': Buffer.from(`\ufeff${text}`),
  'UTF-16, little end first, with a mark': littleEndian(`\ufeff${text}`),
  'UTF-16, big end first, with a mark': bigEndian(`\ufeff${text}`),
  'UTF-16 without a mark': littleEndian(text),
  'UTF-16 with half a surrogate pair': littleEndian(`\ufeff${text}# \ud800x\n`),
  'UTF-16 with half a character': Buffer.concat([littleEndian(`\ufeff${text}`), Buffer.from('#')]),
  'UTF-32': Buffer.concat([Buffer.from([0xff, 0xfe, 0, 0]), littleEndian(text)]),
  'Latin-1': Buffer.from(text, 'latin1'),
  'an overlong character': withBytes(0xc0, 0xaf),
  'half a surrogate pair': withBytes(0xed, 0xa0, 0x80),
  'a character too high': withBytes(0xf4, 0x90, 0x80, 0x80),
  'a character cut off': withBytes(0xe2, 0x82),
  'a byte of no character': withBytes(0xff),
};

/** The same file in every encoding, and in what is none. */
export function writeEncodings(directory: string): readonly Case[] {
  return Object.entries(encodings).map(([what, bytes], index) =>
    writeCase(what, bytes, join(directory, `encoding-${String(index)}`)),
  );
}

function writeCase(what: string, bytes: Buffer, directory: string): Case {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'compose.yaml'), bytes);
  return { what, directory, files: ['compose.yaml'], format: 'json' };
}
