import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { parse } from 'yaml';
import { describeWithCommands } from './commands';
import { documentedMetrics } from './documented';
import { DEPLOY, metricsOf, RULE_FILES, RULE_TEST_FILES, rules, ruleTests } from './rule-files';

const alerts = rules().filter(({ alert }) => alert !== undefined);
const names = [...new Set(alerts.map(({ alert }) => alert ?? ''))].sort();
const HEADINGS = ['What it means', 'What to look at', 'What to do', 'How to know it is over'];

describe('alerts', () => {
  it('have a runbook each, and each runbook has an alert', () => {
    const books = readdirSync(join(DEPLOY, 'runbooks'))
      .filter((name) => name.endsWith('.md'))
      .map((name) => basename(name, '.md'));
    expect(books.sort()).toEqual(names);
    for (const { alert, annotations } of alerts) {
      expect(annotations?.['runbook']).toBe(`deploy/runbooks/${alert}.md`);
    }
  });

  it.each(names)('%s: its runbook has the four parts, none of them empty', (name) => {
    const text = readFileSync(join(DEPLOY, 'runbooks', `${name}.md`), 'utf8');
    expect(text.startsWith(`# ${name}\n`)).toBe(true);
    const parts = text.split(/^## /m).slice(1);
    expect(parts.map((part) => part.split('\n')[0])).toEqual(HEADINGS);
    for (const part of parts) expect(part.trim().split('\n').length).toBeGreaterThan(1);
  });

  it('page somebody or make a ticket, and say in a sentence what is the matter', () => {
    for (const { alert, labels, annotations } of alerts) {
      // it is no alert, but the sign that alerts come
      expect(alert === 'Watchdog' ? ['none'] : ['page', 'ticket']).toContain(labels?.['severity']);
      expect(annotations?.['summary']).toMatch(/\S+ \S+/);
    }
  });

  it('and runbooks ask only for metrics that are documented', () => {
    const documented = documentedMetrics();
    const books = names.map((name) =>
      readFileSync(join(DEPLOY, 'runbooks', `${name}.md`), 'utf8').replaceAll('"', ''),
    );
    const asked = [...rules().map(({ expr }) => expr), ...books].flatMap(metricsOf);
    expect(asked.filter((name) => !documented.has(name))).toEqual([]);
    expect(asked.length).toBeGreaterThan(20);
  });

  it('about one partition or process hold back only what is about the same', () => {
    const file = readFileSync(join(DEPLOY, 'alertmanager/alertmanager.yml'), 'utf8');
    const { inhibit_rules: all } = parse(file) as {
      readonly inhibit_rules: readonly {
        readonly source_matchers: readonly string[];
        readonly equal?: readonly string[];
      }[];
    };
    const ofAll = /^alertname="(NoProcessor|NoInterface|RedisAway|FreshnessBudgetBurnsFast)"$/;
    const wide = all.filter(
      ({ source_matchers: from, equal = [] }) =>
        equal.length === 0 && !from.every((matcher) => ofAll.test(matcher)),
    );
    expect(wide).toEqual([]);
    expect(all.length).toBeGreaterThan(4);
  });

  it('are each seen to fire with every severity they have, and all are seen to be silent', () => {
    const fires = new Set(
      ruleTests().flatMap(({ promql_expr_test: tests }) =>
        tests.flatMap(({ expr, exp_samples: samples }) =>
          samples.flatMap(({ labels }) => firing(`${labels} ${expr}`)),
        ),
      ),
    );
    const wanted = alerts.map(({ alert, labels }) => `${alert} ${labels?.['severity']}`);
    expect([...new Set(wanted)].filter((one) => !fires.has(one))).toEqual([]);
    const silent = ruleTests().filter(({ name }) => /^all is well|in time/.test(name));
    expect(silent).toHaveLength(RULE_TEST_FILES.length);
  });
});

/** `Name severity` of a sample that a test expects. */
function firing(text: string): string[] {
  const name = /alertname="(\w+)"/.exec(text)?.[1];
  const severity = /severity="(\w+)"/.exec(text)?.[1];
  return name === undefined || severity === undefined ? [] : [`${name} ${severity}`];
}

/** @returns what it wrote. @throws with what it wrote, where it finds something wrong */
const run = (command: string, ...args: readonly string[]): string => {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${stdout}\n${stderr}`);
  return stdout.trim();
};

/** Rules and tests of one file in a new folder, with one text of the rules replaced. */
function brokenCopy(name: string, text: string, by: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-rules-'));
  for (const kind of ['rules', 'tests']) {
    mkdirSync(join(folder, kind));
    const content = readFileSync(join(DEPLOY, 'prometheus', kind, `${name}.yml`), 'utf8');
    writeFileSync(join(folder, kind, `${name}.yml`), content.replace(text, by));
  }
  return join(folder, 'tests', `${name}.yml`);
}

describeWithCommands('promtool and amtool', ['promtool', 'amtool'], () => {
  it('find nothing wrong in the rules', () => {
    // it ends with 0 even where it finds two rules that write the same series, and says so on either stream
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'rules', ...RULE_FILES], {
      encoding: 'utf8',
    });
    const said = `${stdout}\n${stderr}`;
    expect(said).not.toContain('FAILED');
    expect(said.match(/SUCCESS/g)).toHaveLength(RULE_FILES.length);
    expect(status).toBe(0);
  });

  it('see the alerts fire and stay silent as they should', () => {
    expect(run('promtool', 'test', 'rules', ...RULE_TEST_FILES)).toContain('SUCCESS');
  });

  it.each([
    ['partitions', 'tidemark_lag_seconds) > 60', 'tidemark_lag_seconds) > 6000'],
    ['ratings', '== 0', '< 0'],
    ['objectives', 'ratio30m > 6 * 0.001', 'ratio6h > 6 * 0.001'],
  ])('see that a rule of %s is broken', (name, text, by) => {
    const tests = brokenCopy(name, text, by);
    expect(() => run('promtool', 'test', 'rules', tests)).toThrow('FAILED');
    rmSync(dirname(dirname(tests)), { recursive: true });
  });

  it('read to whom an alert goes', () => {
    const file = join(DEPLOY, 'alertmanager/alertmanager.yml');
    expect(run('amtool', 'check-config', file)).toContain('SUCCESS');
    const receiver = (...labels: readonly string[]): string =>
      run('amtool', 'config', 'routes', 'test', '--config.file', file, ...labels);
    expect(receiver('severity=page')).toBe('page');
    expect(receiver('severity=ticket')).toBe('ticket');
    expect(receiver('alertname=Watchdog', 'severity=none')).toBe('watchdog');
  });
});
