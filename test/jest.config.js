'use strict';

const swc = {
  jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
  module: { type: 'commonjs' },
  sourceMaps: 'inline',
};

/** @type {import('jest').Config} */
module.exports = {
  rootDir: '..',
  roots: ['<rootDir>/schemas', '<rootDir>/services', '<rootDir>/test'],
  testEnvironment: 'node',
  // one more than jest takes of itself: with two cores it would use one
  maxWorkers: '100%',
  // what a suite leaves behind makes every collection of the next ones slower: a fresh process then
  workerIdleMemoryLimit: '400MB',
  // no test is about how fast the machine is: what hangs is ended, what is slow beside other work is not
  testTimeout: 120_000,
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  modulePathIgnorePatterns: ['/dist/'],
  transform: { '\\.[cm]?[jt]sx?$': ['@swc/jest', swc] },
  // jest cannot require() a package that is ESM only: these are transformed like our own sources
  transformIgnorePatterns: ['/node_modules/(?!(?:@marcbachmann/cel-js)/)'],
  // the sources, not dist: unit tests need no build
  moduleNameMapper: {
    '^@tidemark/schemas/(.*\\.json)$': '<rootDir>/schemas/$1',
    '^@tidemark/schemas/(.*)$': '<rootDir>/schemas/src/$1',
    // what is loaded late is named as Node finds it
    '^(\\./commands/.*)\\.js$': '$1',
    '^@tidemark/(rating|engine|processor|api|cli)/(.*)$': '<rootDir>/services/$1/$2',
  },
};
