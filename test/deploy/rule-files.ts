import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

export const DEPLOY = join(__dirname, '../../deploy');

export interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A unit test of promtool: what these series make of the alerts. */
export interface RuleTest {
  readonly name: string;
  readonly promql_expr_test: readonly {
    readonly expr: string;
    readonly exp_samples: readonly { readonly labels: string }[];
  }[];
}

const yamlFiles = (folder: string): string[] =>
  readdirSync(join(DEPLOY, folder))
    .filter((name) => name.endsWith('.yml'))
    .map((name) => join(DEPLOY, folder, name));

export const RULE_FILES: readonly string[] = yamlFiles('prometheus/rules');
export const RULE_TEST_FILES: readonly string[] = yamlFiles('prometheus/tests');

const read = <T>(file: string): T => parse(readFileSync(file, 'utf8')) as T;

interface RuleFile {
  readonly groups: readonly { readonly rules: readonly Rule[] }[];
}

export const rules = (): Rule[] =>
  RULE_FILES.flatMap((file) => read<RuleFile>(file).groups.flatMap((group) => group.rules));

export const ruleTests = (): RuleTest[] =>
  RULE_TEST_FILES.flatMap((file) => read<{ readonly tests: readonly RuleTest[] }>(file).tests);

const LETTERS = /"[^"]*"|\b(?:tidemark|process|nodejs)_[a-z0-9_]+/g;

/** Metrics that a query names; parts of a histogram by the name of the histogram. */
export const metricsOf = (query: string): string[] => [
  ...new Set(
    [...query.matchAll(LETTERS)]
      .map(([name]) => name)
      .filter((name) => !name.startsWith('"'))
      .map((name) => name.replace(/_seconds_(bucket|count|sum)$/, '_seconds'))
      .map((name) => name.replace(/_records_(bucket|count|sum)$/, '_records')),
  ),
];
