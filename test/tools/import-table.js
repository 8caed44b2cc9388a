/**
 * Who may import whom (ARCHITECTURE.md), as ESLint configuration. Every folder has one entry, because of two entries for
 * the same file ESLint uses only the last.
 */
import { builtinModules } from 'node:module';

const OURS = ['domain', 'codec', 'workflows', 'activities', 'client', 'worker', 'recipes', 'setup', 'test'];
// Some, as node:sqlite, have one spelling only, and are listed with it.
const BARE_BUILTINS = builtinModules.filter((name) => !/^(_|node:)/.test(name));

/** Imports of another top-level folder, as they look from anywhere below one. */
function folders(names, options = {}) {
  return {
    regex: `^(\\.\\./)+(${names.join('|')})/${options.except ? `(?!${options.except}$)` : ''}`,
    message: options.message ?? `This folder must not import ${names.join(', ')} (ARCHITECTURE.md).`,
    allowTypeImports: options.types ?? false,
  };
}

function allOursExcept(...allowed) {
  return folders(OURS.filter((name) => !allowed.includes(name)));
}

/** Packages and Node's modules other than those named. */
function packagesExcept(names, options = {}) {
  const allowed = names.map((name) => `${name}(/|$)`).join('|');
  return {
    regex: `^(?!\\.{1,2}/|\\.{1,2}$|${allowed || '$.'})`,
    message: `Only these packages belong here: ${names.join(', ')} (ARCHITECTURE.md).`,
    allowTypeImports: options.types ?? false,
  };
}

const EXECA = {
  regex: '^execa$',
  message: 'Commands go through activities/support/run-command.ts: fenced, without a shell, redacted.',
};

/** `fs` and `node:fs` are the same module: there is one spelling, so that one pattern bans it. */
const BARE = {
  regex: `^(${BARE_BUILTINS.join('|')})$`,
  message: 'Write node:<name>.',
};

function rule(files, patterns, ignores = []) {
  return {
    files,
    ignores,
    rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns: [BARE, ...patterns] }] },
  };
}

export const importRules = [
  rule(
    ['domain/**/*.ts'],
    [allOursExcept('domain'), packagesExcept(['zod', 'yaml', '@noble/hashes', 'xmlbuilder2'])],
  ),
  rule(
    ['codec/**/*.ts'],
    [
      allOursExcept('codec', 'domain'),
      packagesExcept(['node:[a-z_/]+', 'zod', '@temporalio/common', '@temporalio/proto']),
    ],
  ),
  // Its module is part of the workflow bundle.
  rule(['codec/failure-converter.ts'], [allOursExcept('domain'), packagesExcept(['@temporalio/common'])]),
  rule(
    ['workflows/**/*.ts'],
    [
      allOursExcept('workflows', 'domain', 'activities'),
      folders(['activities'], { types: true, message: 'Workflows import only types of activities.' }),
      packagesExcept(['@temporalio/workflow', '@temporalio/common', 'zod']),
    ],
  ),
  rule(
    ['activities/**/*.ts'],
    [allOursExcept('activities', 'domain'), EXECA],
    ['activities/support/run-command.ts'],
  ),
  rule(['activities/support/run-command.ts'], [allOursExcept('activities', 'domain')]),
  rule(
    ['client/**/*.ts'],
    [
      allOursExcept('client', 'domain', 'codec', 'workflows', 'activities'),
      folders(['activities'], {
        except: 'support/load-recipe\\.ts',
        message: 'Clients import nothing of activities but the loader of recipe folders.',
      }),
      folders(['workflows'], {
        types: true,
        except: 'messages\\.ts',
        message: 'Clients import types of workflows, and their messages.',
      }),
      EXECA,
    ],
  ),
  rule(
    ['recipes/**/*.ts'],
    [
      allOursExcept('recipes', 'domain'),
      packagesExcept(['@playwright/test', 'jose', 'node:[a-z_/]+', 'zod']),
    ],
  ),
  rule(['worker/**/*.ts'], [folders(['setup', 'test']), EXECA]),
  // They run before anything is installed.
  rule(['setup/**/*.mjs', 'bin/cc-ci'], [allOursExcept('setup'), packagesExcept(['node:[a-z_/]+'])]),
];
// The rule lives in the TypeScript plugin, which the plain files do not load.
for (const entry of importRules) {
  if (!entry.files.some((pattern) => pattern.startsWith('setup/'))) continue;
  const options = entry.rules['@typescript-eslint/no-restricted-imports'];
  entry.rules = { 'no-restricted-imports': withoutTypes(options) };
}

function withoutTypes([severity, { patterns }]) {
  return [severity, { patterns: patterns.map(({ regex, message }) => ({ regex, message })) }];
}
