import { spawnSync } from 'node:child_process';
import { fetched, hasCommand, type Fetched } from '../integration/cluster/downloads';

const VERSION = '1.37.0';

/** What a manifest was found to be. */
export interface Checked {
  /** A line for each field that Kubernetes does not know, or takes another value for. */
  readonly faults: readonly string[];
  /** Kinds without a schema: those of extensions. */
  readonly unknown: readonly string[];
}

/** The schemas of Kubernetes with their validator, in the folder for PYTHONPATH. */
export function kubernetesSchemas(): Fetched {
  // one of its packages is compiled, for one version of Python
  const { stdout } = spawnSync('python3', ['--version'], { encoding: 'utf8' });
  const python = (stdout ?? '').trim().replace(/\W+/g, '-').toLowerCase();
  return fetched({
    title: `kubernetes-validate ${VERSION} (119 MB)`,
    folder: `kubernetes-validate-${VERSION}-${python}`,
    needs: hasCommand('python3') ? 'pip3' : 'python3',
    fetch: `python3 -m pip install --quiet --root-user-action=ignore --disable-pip-version-check --target "$PWD" kubernetes-validate==${VERSION}`,
  });
}

/**
 * Checks manifests, and refuses fields that there are not.
 * @param versions of Kubernetes, each of which must take them
 * @throws Error when the validator cannot run
 */
export function checkManifests(
  folder: string,
  manifests: string,
  versions: readonly string[],
): Checked {
  const asked = versions.flatMap((version) => ['-k', version]);
  const args = ['-m', 'kubernetes_validate', '--strict', '--quiet', ...asked, '-'];
  const { status, stdout, stderr } = spawnSync('python3', args, {
    encoding: 'utf8',
    input: manifests,
    env: { ...process.env, PYTHONPATH: folder },
  });
  if (status !== 0 && status !== 1) throw new Error(`kubernetes-validate: ${stdout}${stderr}`);
  const lines = stdout.split('\n');
  const kinds = lines.flatMap((line) => /schema for kind (\w+)/.exec(line)?.[1] ?? []);
  return {
    faults: lines.filter((line) => line.startsWith('ERROR')),
    unknown: [...new Set(kinds)],
  };
}
