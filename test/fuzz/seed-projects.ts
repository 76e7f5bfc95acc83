/** Files to begin from: those of the fixtures, of the examples, and of the corpus where it is. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { parse } from 'yaml';
import { corpus, corpusFiles } from '../corpus/corpus-tier.ts';

export interface SeedProject {
  readonly files: Readonly<Record<string, string>>;
  readonly dotenv?: string;
  readonly others?: Readonly<Record<string, string>>;
}

const here = (path: string): URL => new URL(path, import.meta.url);

/** In the same order each time. */
export function seedProjects(): readonly SeedProject[] {
  const fixtures = here('../fixtures/spec/');
  const cases = readdirSync(fixtures)
    .sort()
    .flatMap((name) => parse(readFileSync(new URL(name, fixtures), 'utf8')) as readonly SeedProject[]);
  const examples = ['sqlite', 'todo'].map((name) => here(`../../examples/${name}/compose.yaml`).pathname);
  const real = existsSync(corpus) ? corpusFiles() : [];
  return [
    ...cases,
    ...[...examples, ...real].map((path) => ({ files: { 'compose.yaml': readFileSync(path, 'utf8') } })),
  ];
}
