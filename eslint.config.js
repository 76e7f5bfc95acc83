import js from '@eslint/js';
import regexp from 'eslint-plugin-regexp';
import tseslint from 'typescript-eslint';
import { participles, publicFields } from './scripts/participles.mjs';

const isBare = `[name=/^(${participles.join('|')})$/i]`;
/** Where the source declares a name. A field without a new name, as in `const { found } = facts`, is that of its type. */
const declarations = [
  'Identifier.id',
  'Identifier.params',
  'TSParameterProperty > Identifier.parameter',
  ':matches(ArrayPattern, RestElement) > Identifier',
  ':not(Property[shorthand=true]) > AssignmentPattern > Identifier.left',
  'ObjectPattern > Property[shorthand=false] > Identifier.value',
  ':matches(PropertyDefinition, MethodDefinition, TSMethodSignature) > .key',
  `TSPropertySignature > Identifier.key:not([name=/^(${publicFields.join('|')})$/])`,
];

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
    // No compiler reads these files: a constant below the call that needs it is seen only once that call runs.
    rules: { 'no-use-before-define': ['error', { functions: false }] },
  },
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
  {
    files: ['src/**/*.ts'],
    rules: {
      // A reader sees of `found` or `made` how it came about, but not what it is.
      'no-restricted-syntax': [
        'error',
        ...declarations.map((declaration) => ({
          selector: declaration + isBare,
          message:
            'A participle alone is no name: say what it is, as in `match`, `installedUnits` or `isKept`.',
        })),
      ],
    },
  },
  // dockunit reads text that it does not control (Compose files, .env files, output of programs), and one
  // regular expression that backtracks over a long line of it would stop the supervisor.
  {
    files: ['src/**/*.ts'],
    plugins: { regexp },
    rules: {
      'regexp/no-super-linear-backtracking': ['error', { report: 'certain' }],
      'regexp/no-super-linear-move': 'error',
    },
  },
);
