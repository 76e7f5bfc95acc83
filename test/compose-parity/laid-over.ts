/**
 * The forms of every key (test/fixtures/config/forms.yaml), laid over one another in all the ways in
 * which files come to one: several files, `extends` within a file and from another, `!reset` and `!override`.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Form, Section, Tree } from './forms.ts';
import { beside, config, fileOf, readForms, secret, sections, surroundings, variables } from './forms.ts';
import type { Case } from './compare-cases.ts';

/** Writes every case into a folder of its own below `directory`: `service.ports 2 over 1`, numbers are those of the forms. */
export function writeLaidOver(directory: string): readonly Case[] {
  const cases: Case[] = [];
  for (const [section, keys] of readForms()) {
    for (const [key, values] of keys) {
      for (const { what, files } of casesOf(section as Section, key, values)) {
        const folder = join(directory, String(cases.length));
        mkdirSync(join(folder, 'sub'), { recursive: true });
        for (const [name, text] of Object.entries({ ...variables, ...files }))
          writeFileSync(join(folder, name), text);
        const given = Object.keys(files).filter((name) => !name.includes('/'));
        cases.push({ what, directory: folder, files: given as [string, ...string[]] });
      }
    }
  }
  return cases;
}

interface Files {
  readonly what: string;
  readonly files: Readonly<Record<string, string>>;
}

function* casesOf(section: Section, key: string, values: readonly Form[]): Generator<Files> {
  const at = sections[section];
  const single = fileOf(surroundings, ...beside[section](key));
  for (const [index, under] of values.entries()) {
    const name = `${section}.${key} ${String(index + 1)}`;
    const base = fileOf(surroundings, ...beside[section](key), at(`${key}: ${under}`));
    yield { what: `${name} alone`, files: { 'a.yaml': base } };
    yield {
      what: `${name} after nothing`,
      files: { 'a.yaml': single, 'b.yaml': fileOf(at(`${key}: ${under}`)) },
    };
    yield { what: `nothing over ${name}`, files: { 'a.yaml': base, 'b.yaml': fileOf(at(`${key}: null`)) } };
    yield {
      what: `!reset over ${name}`,
      files: { 'a.yaml': base, 'b.yaml': fileOf(at(`${key}: !reset null`)) },
    };
    for (const [over, value] of values.entries()) {
      const what = `${section}.${key} ${String(over + 1)} over ${String(index + 1)}`;
      yield { what, files: { 'a.yaml': base, 'b.yaml': fileOf(at(`${key}: ${value}`)) } };
      if (over === index) continue;
      if (section === 'service' || section === 'build')
        yield extendingFile(section, key, `${what}, extended from another file`, under, value);
      // The rules are the same in the ways that follow, so each form goes them once, over the form before it.
      if (over !== (index + 1) % values.length) continue;
      const overriding = fileOf(at(`${key}: !override ${value}`));
      yield { what: `${what}, !override`, files: { 'a.yaml': base, 'b.yaml': overriding } };
      if (section === 'service' || section === 'build')
        yield extendingHere(section, key, `${what}, extended`, under, value);
    }
  }
}

type Extending = (section: 'service' | 'build', key: string, what: string, under: Form, value: Form) => Files;

const extendingHere: Extending = (section, key, what, under, value) => {
  const file = fileOf(...child(section, key, value, 'extends: parent'), ...parent(section, key, under));
  return { what, files: { 'a.yaml': file } };
};

const extendingFile: Extending = (section, key, what, under, value) => {
  const extend = 'extends: { file: sub/parent.yaml, service: parent }';
  const files = {
    'a.yaml': fileOf(...child(section, key, value, extend)),
    'sub/parent.yaml': fileOf(...parent(section, key, under)),
  };
  return { what, files };
};

function child(section: 'service' | 'build', key: string, form: Form, extend: string): readonly Tree[] {
  return [surroundings, config, secret, sections[section](`${key}: ${form}`), { services: { a: [extend] } }];
}

/** The service that is extended, with what stands beside the key. */
function parent(section: 'service' | 'build', key: string, form: Form): readonly Tree[] {
  const trees: readonly Tree[] = [...beside[section](key), sections[section](`${key}: ${form}`)];
  return trees.flatMap(({ services }) => (services ? [{ services: { parent: services.a ?? [] } }] : []));
}
