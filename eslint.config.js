import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';
import { importRules } from './test/tools/import-table.js';

const NO_EXPORT_ALL = {
  selector: 'ExportAllDeclaration',
  message: 'Name what is exported; `export *` hides what a module offers.',
};
const NO_DEFAULT_EXPORT = {
  selector: 'ExportDefaultDeclaration',
  message: 'Use a named export.',
};
const NO_RAW_GOTO = {
  selector: 'CallExpression[callee.property.name="goto"]',
  message: "Use the fixture that opens pages: it retries what is the network's fault, and only that.",
};
const ENVIRONMENT = [
  {
    object: 'process',
    property: 'env',
    message: 'Only worker/, client/cli/ and setup/ read the environment; take configuration as an argument.',
  },
];

export default defineConfig(
  {
    ignores: ['node_modules/', '.cc-ci/', 'coverage/', 'test-results/', 'test/fixtures/hostile/'],
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/consistent-type-exports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        // A default for "all the rest" is a decision one may take; a forgotten member is not.
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      // Functions of an interface are async for what other implementations await.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // It does not see that a variable changes while something is awaited.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      // It objects to `defineUpdate<void, ...>`.
      '@typescript-eslint/no-invalid-void-type': 'off',
      'no-restricted-properties': ['error', ...ENVIRONMENT],
      'no-restricted-syntax': ['error', NO_EXPORT_ALL, NO_DEFAULT_EXPORT],
      eqeqeq: 'error',
      'no-console': 'error',
      'no-else-return': 'error',
      'no-empty-pattern': 'error',
      'no-shadow': 'off',
      'object-shorthand': 'error',
      'prefer-const': 'error',
      'no-var': 'error',
      'max-lines': ['error', { max: 300, skipBlankLines: true }],
    },
  },
  {
    // Programs state their own exports' types; tests and tools export nothing that others build on.
    files: ['{domain,codec,workflows,activities,client,worker,recipes}/**/*.ts'],
    rules: { '@typescript-eslint/explicit-module-boundary-types': 'error' },
  },
  {
    files: ['{worker,setup,test,bench,docs}/**', 'client/cli/**'],
    rules: { 'no-restricted-properties': 'off' },
  },
  {
    files: ['**/*.config.ts'],
    rules: { 'no-restricted-syntax': ['error', NO_EXPORT_ALL] },
  },
  {
    files: ['recipes/**/*.spec.ts'],
    rules: { 'no-restricted-syntax': ['error', NO_EXPORT_ALL, NO_DEFAULT_EXPORT, NO_RAW_GOTO] },
  },
  {
    files: ['test/**/*.ts', 'bench/**/*.ts'],
    rules: {
      // `expect.stringContaining()` and its like are `any` by declaration.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      // Assertions about an object that is known to be there read better than five lines of guards.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // `expect(port.exec).toHaveBeenCalled()` names a method without calling it.
      '@typescript-eslint/unbound-method': 'off',
      'no-console': 'off',
      'max-lines': ['error', { max: 400, skipBlankLines: true }],
    },
  },
  {
    // Setup runs before any dependency is installed; it is checked without types.
    files: ['**/*.{js,mjs}', 'bin/cc-ci'],
    languageOptions: { sourceType: 'module' },
    rules: {
      eqeqeq: 'error',
      'no-undef': 'off',
      'no-unreachable': 'error',
      'no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'no-var': 'error',
      'prefer-const': 'error',
      'no-unsafe-finally': 'error',
      'no-fallthrough': 'error',
      'no-dupe-keys': 'error',
      'require-yield': 'error',
      'use-isnan': 'error',
      'valid-typeof': 'error',
    },
  },
  ...importRules,
);
