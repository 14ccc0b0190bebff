import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ABOUT_FIELDS, environmentName } from '@tidemark/processor/configuration-fields';
import { parse as parseYaml, parseAllDocuments } from 'yaml';
import { documentedMetrics } from './documented';
import { checkManifests, kubernetesSchemas } from './kubernetes-schemas';
import { hasCommand } from '../integration/cluster/downloads';
import { DEPLOY, metricsOf } from './rule-files';

const BASE = join(DEPLOY, 'kubernetes/base');

interface Container {
  readonly command: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly ports: readonly { readonly containerPort: number }[];
  readonly resources: { readonly limits: Readonly<Record<string, string>> };
  readonly [more: string]: unknown;
}

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly data?: Readonly<Record<string, string>>;
  readonly spec: {
    readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> };
    readonly template: {
      readonly metadata: { readonly labels: Readonly<Record<string, string>> };
      readonly spec: {
        readonly containers: readonly [Container];
        readonly terminationGracePeriodSeconds: number;
        readonly securityContext: object;
      };
    };
    readonly scaleTargetRef: { readonly name: string };
    readonly triggers: readonly { readonly metadata: { readonly query: string } }[];
    readonly ingress?: readonly { readonly ports: readonly { readonly port: number }[] }[];
  };
}

const files = readdirSync(BASE)
  .filter((name) => name !== 'kustomization.yaml')
  .map((name) => readFileSync(join(BASE, name), 'utf8'));
const manifests = files
  .flatMap((text) => parseAllDocuments(text))
  .map((document) => document.toJS() as Manifest);
const kind = (wanted: string): Manifest[] => manifests.filter((one) => one.kind === wanted);
const deployments = kind('Deployment');
const containerOf = ({ spec }: Manifest): Container => spec.template.spec.containers[0];

describe('the manifests for Kubernetes', () => {
  it('set only what the configuration knows, and no secret in the open', () => {
    const known = new Map(ABOUT_FIELDS.map((field) => [environmentName(field.path), field]));
    const set = [
      ...kind('ConfigMap').flatMap(({ data = {} }) => Object.keys(data)),
      ...deployments.flatMap((one) => containerOf(one).env.map(({ name }) => name)),
    ];
    expect(set.length).toBeGreaterThan(15);
    for (const name of set) {
      const field = known.get(name) ?? known.get(name.replace(/_FILE$/, ''));
      expect([name, field === undefined]).toEqual([name, false]);
      if (field?.isSecret === true) expect(name).toMatch(/_FILE$/);
    }
    expect(kind('Secret')).toEqual([]);
  });

  it.each(deployments)(
    '$metadata.name runs without rights, is probed, and may be stopped',
    (one) => {
      const container = containerOf(one);
      expect(existsSync(join(DEPLOY, '..', container.command[1] ?? 'no-file'))).toBe(true);
      expect(one.spec.template.spec.securityContext).toMatchObject({ runAsNonRoot: true });
      expect(container).toMatchObject({
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        },
        livenessProbe: { httpGet: { path: '/healthz' } },
        readinessProbe: { httpGet: { path: '/readyz' } },
      });
      expect(Object.keys(container.resources.limits)).toEqual(['memory']);
      // longer than worker.stopMs
      expect(one.spec.template.spec.terminationGracePeriodSeconds).toBeGreaterThan(20);
      const budgets = kind('PodDisruptionBudget').map(({ spec }) => spec.selector?.matchLabels);
      expect(budgets).toContainEqual(one.spec.template.metadata.labels);
    },
  );

  it('let in what is asked of a port, and scale what there is by what is measured', () => {
    const open = kind('NetworkPolicy').flatMap(({ spec }) =>
      (spec.ingress ?? []).flatMap(({ ports }) => ports.map(({ port }) => port)),
    );
    const ports = deployments.flatMap((one) =>
      containerOf(one).ports.map(({ containerPort }) => containerPort),
    );
    expect(open.sort()).toEqual(ports.sort());
    for (const { spec } of kind('ScaledObject')) {
      expect(deployments.map(({ metadata }) => metadata.name)).toContain(spec.scaleTargetRef.name);
      const asked = spec.triggers.flatMap(({ metadata }) => metricsOf(metadata.query));
      expect(asked.filter((name) => !documentedMetrics().has(name))).toEqual([]);
    }
  });

  // kubectl is not everywhere where this runs: what an overlay replaces must be there for all that
  it('have what the overlay replaces', () => {
    const { patches, images } = overlaid();
    expect(images.map(({ name }) => name)).toEqual([containerOf(deployments[0]!)['image']]);
    const replaced = patches.flatMap(({ target, patch }) => {
      const found = manifests.filter(
        ({ kind: its, metadata }) => its === target.kind && metadata.name === target.name,
      );
      expect(found).toHaveLength(1);
      return parse(patch).map(({ op, path }) => ({ op, value: at(found[0], path) }));
    });
    expect(replaced.length).toBeGreaterThan(2);
    for (const { op, value } of replaced) {
      expect({ op, type: typeof value }).toEqual({ op: 'replace', type: 'string' });
    }
  });

  const whereKubectl = hasCommand('kubectl') ? it : it.skip;
  whereKubectl('make a whole with the overlay (kubectl)', () => {
    const whole = rendered();
    expect(whole).toContain('image: registry.example.com/tidemark:0.1.0');
    expect(parseAllDocuments(whole)).toHaveLength(manifests.length);
  });
});

interface Overlay {
  readonly images: readonly { readonly name: string }[];
  readonly patches: readonly {
    readonly target: { readonly kind: string; readonly name: string };
    readonly patch: string;
  }[];
}

const overlaid = (): Overlay =>
  parseYaml(
    readFileSync(join(DEPLOY, 'kubernetes/overlays/production/kustomization.yaml'), 'utf8'),
  ) as Overlay;

const parse = (patch: string): readonly { readonly op: string; readonly path: string }[] =>
  parseYaml(patch) as readonly { readonly op: string; readonly path: string }[];

/** What a JSON pointer leads to. */
const at = (from: unknown, pointer: string): unknown =>
  pointer
    .split('/')
    .slice(1)
    .reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], from);

const rendered = (): string => {
  const overlay = join(DEPLOY, 'kubernetes/overlays/production');
  const { status, stdout } = spawnSync('kubectl', ['kustomize', overlay], { encoding: 'utf8' });
  expect(status).toBe(0);
  return stdout;
};

/** The oldest that is still common, and the newest. */
const VERSIONS = ['1.30', '1.37'];

const schemas = kubernetesSchemas();
const isRequired = process.env['TIDEMARK_TEST_SERVERS'] === 'required';
const whereSchemas = schemas.ok || isRequired ? describe : describe.skip;

whereSchemas('the schemas of Kubernetes', () => {
  const checked = (text: string) => {
    if (!schemas.ok) throw new Error(schemas.why);
    return checkManifests(schemas.folder, text, VERSIONS);
  };
  const whole = files.join('\n---\n');

  it('know every field of the manifests; of KEDA they know nothing', () => {
    expect(checked(whole)).toEqual({ faults: [], unknown: ['ScaledObject'] });
  });

  const whereKubectl = hasCommand('kubectl') ? it : it.skip;
  whereKubectl('know every field of what the overlay makes of them (kubectl)', () => {
    expect(checked(rendered())).toEqual({ faults: [], unknown: ['ScaledObject'] });
  });

  it.each([
    ['a misspelt field', 'maxUnavailable: 1', 'maxUnavailabel: 1'],
    ['a text for a number', 'containerPort: 9464', "containerPort: '9464'"],
    ['a field in the wrong place', 'readOnlyRootFilesystem: true', 'runAsRoot: false'],
  ])('see %s', (_what, text, by) => {
    expect(whole).toContain(text);
    expect(checked(whole.replace(text, by)).faults.length).toBeGreaterThan(0);
  });
});
