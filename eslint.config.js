import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/**
 * Imports go one way: cli → commands → the rest; supervisor → graph → units → spec. The pure parts
 * must stay pure, so that they can be tested without a host and run the same under systemd and the
 * supervisor; I/O lives in host/ behind ports.ts.
 */
const pure =
  'is pure: no I/O, so no node: modules and no host/ implementation; take a port or a value instead';
const io = { group: ['node:*', '!node:path'], message: `This folder ${pure}.` };
const hostImplementations = {
  group: ['**/host/*', '!**/host/ports.ts'],
  message: `This folder ${pure}.`,
};
const upward = (folders) => ({
  group: folders.map((folder) => `**/${folder}/**`),
  message: 'Imports go one way: cli → commands → the rest; supervisor → graph → units → spec.',
});
const chalk = {
  group: ['chalk'],
  message: 'Colour is decided in ui/ alone, so that NO_COLOR and pipes hold everywhere.',
};
const forbid = (files, ...patterns) => ({
  files,
  rules: { 'no-restricted-imports': ['error', { patterns }] },
});

export default tseslint.config(
  { ignores: ['dist', 'node_modules', 'test/fixtures', 'examples'] },
  js.configs.recommended,
  ...tseslint.configs.strict,
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      'max-lines': ['error', { max: 300, skipComments: true, skipBlankLines: true }],
    },
  },
  {
    files: ['bin/*.js', 'test/**/*.cjs'],
    languageOptions: {
      sourceType: 'commonjs',
      globals: { require: 'readonly', module: 'readonly', exports: 'readonly', __dirname: 'readonly' },
    },
    rules: { '@typescript-eslint/no-require-imports': 'off' },
  },
  {
    files: ['**/*.js', '**/*.mjs', '**/*.cjs'],
    languageOptions: { globals: { process: 'readonly', console: 'readonly' } },
  },
  forbid(['src/**/*.ts'], chalk),
  forbid(
    ['src/compose/**/*.ts'],
    chalk,
    io,
    hostImplementations,
    upward(['units', 'graph', 'supervisor', 'import', 'manager', 'commands', 'ui']),
  ),
  forbid(
    ['src/units/**/*.ts'],
    chalk,
    io,
    hostImplementations,
    upward(['graph', 'supervisor', 'manager', 'commands', 'ui']),
  ),
  forbid(
    ['src/import/**/*.ts'],
    chalk,
    io,
    hostImplementations,
    upward(['units', 'graph', 'supervisor', 'manager', 'commands', 'ui']),
  ),
  forbid(['src/generator/**/*.ts'], chalk, io, hostImplementations, upward(['manager', 'commands', 'ui'])),
  forbid(
    ['src/graph/**/*.ts'],
    chalk,
    io,
    hostImplementations,
    upward(['supervisor', 'manager', 'commands', 'ui']),
  ),
  forbid(
    ['src/changes/**/*.ts'],
    chalk,
    io,
    hostImplementations,
    upward(['supervisor', 'manager', 'commands', 'ui']),
  ),
  forbid(['src/host/**/*.ts'], chalk, upward(['manager', 'commands', 'ui', 'supervisor'])),
  forbid(['src/manager/**/*.ts'], chalk, upward(['commands', 'ui'])),
  forbid(['src/ui/**/*.ts'], upward(['commands', 'manager'])),
  {
    files: ['src/**/*.ts'],
    ignores: ['src/cli.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'exit', message: 'Only cli.ts exits the process.' },
      ],
      'no-console': 'error',
    },
  },
  { files: ['src/cli.ts'], rules: { 'no-restricted-imports': 'off' } },
);
