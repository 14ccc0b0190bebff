import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { DEPLOY } from './rule-files';

const ROOT = join(DEPLOY, '..');

interface Service {
  readonly image: string;
  readonly command?: readonly string[];
  readonly volumes?: readonly string[];
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly healthcheck?: object;
}

const { services } = parse(readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8'), {
  merge: true,
}) as { readonly services: Readonly<Record<string, Service>> };

const yaml = (path: string): unknown => parse(readFileSync(join(DEPLOY, path), 'utf8'));
const commandOf = (name: string): string => services[name]?.command?.join(' ') ?? '';

/** Where a file or folder of this repository is in the container of a service. */
function mounted(name: string, path: string): string {
  const mount = (services[name]?.volumes ?? []).find((volume) => volume.startsWith(`./${path}:`));
  expect(existsSync(join(ROOT, path))).toBe(true);
  return mount?.split(':')[1] ?? `${path} is not mounted`;
}

describe('who looks after the services of docker-compose.yml', () => {
  it('reads the files of this repository where its configuration says they are', () => {
    expect(commandOf('prometheus')).toContain(
      mounted('prometheus', 'deploy/prometheus/prometheus.yml'),
    );
    expect(yaml('prometheus/prometheus.yml')).toMatchObject({
      rule_files: [`${mounted('prometheus', 'deploy/prometheus/rules')}/*.yml`],
    });
    const alertmanager = 'deploy/alertmanager/alertmanager.yml';
    expect(commandOf('alertmanager')).toContain(mounted('alertmanager', alertmanager));
    expect(mounted('grafana', 'deploy/grafana/provisioning')).toBe('/etc/grafana/provisioning');
    expect(yaml('grafana/provisioning/dashboards/tidemark.yml')).toMatchObject({
      providers: [{ options: { path: mounted('grafana', 'deploy/grafana/dashboards') } }],
    });
  });

  it('shows the HTTP interface its token, which stands in no file of this repository', () => {
    const [, file] =
      /printf %s "\$\$\{TIDEMARK_API_TOKEN%%,\*\}" >(\S+)/.exec(commandOf('prometheus')) ?? [];
    expect(yaml('prometheus/prometheus.yml')).toMatchObject({
      scrape_configs: expect.arrayContaining([
        expect.objectContaining({
          job_name: 'tidemark-api',
          authorization: { credentials_file: file ?? 'nowhere' },
        }),
      ]),
    });
  });

  it('leaves the token where neither git nor an image takes it, and nobody exports another', () => {
    for (const file of ['.gitignore', '.dockerignore']) {
      expect(readFileSync(join(ROOT, file), 'utf8')).toMatch(/^\/?\.env$/m);
    }
    for (const file of ['README.md', 'docker-compose.yml', 'deploy/operating.md']) {
      expect(readFileSync(join(ROOT, file), 'utf8')).not.toMatch(/export TIDEMARK_API_TOKEN/);
    }
  });

  it('asks services that there are', () => {
    const { scrape_configs: jobs } = yaml('prometheus/prometheus.yml') as {
      readonly scrape_configs: readonly {
        readonly dns_sd_configs: readonly { readonly names: readonly string[] }[];
      }[];
    };
    const names = jobs.flatMap(({ dns_sd_configs: all }) => all.flatMap((one) => one.names));
    expect(names.sort()).toEqual(['api', 'processor-1', 'processor-2']);
    for (const name of names) expect(Object.keys(services)).toContain(name);
  });

  it('is looked after as well', () => {
    for (const name of ['prometheus', 'alertmanager', 'grafana']) {
      expect(services[name]?.healthcheck).toBeDefined();
    }
  });
});

describe('containers of ours', () => {
  it('may write nowhere but to volumes, and have no rights', () => {
    const ours = Object.values(services).filter(({ image }) => image.startsWith('tidemark:'));
    expect(ours.length).toBeGreaterThan(4);
    for (const one of ours) expect(one).toMatchObject({ read_only: true, cap_drop: ['ALL'] });
  });
});
