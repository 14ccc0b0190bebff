import { parseMethodologyVersion } from '@tidemark/schemas/global-records';
import type { MethodologyVersion } from '@tidemark/schemas/records';
import { digest } from '../canonical';
import { undecoded, type Decoded, type Undecoded } from '../decoded';
import { carryOverFaults } from '../methodology/carry-over';
import type { MethodologyDocument } from '../methodology/document';
import { fingerprintOf, fingerprintsOf } from '../methodology/fingerprint';
import type { FrameworkDocument } from '../methodology/framework';
import type { Methodology } from '../methodology/methodology';
import { compiled } from './compiled';
import { withDocument, type DocumentVersion, type RatingGlobals } from './globals';
import { parseJson, recordIn } from './json-text';

/**
 * Takes in a record of the methodologies topic.
 * @throws Error with all faults when the document does not load: nothing is rated by less than what
 * was published
 */
export function takeDocument(globals: RatingGlobals, text: string): Decoded<RatingGlobals> {
  const parsed = recordIn(text, parseMethodologyVersion);
  if (!parsed.ok) return parsed;
  const version = versionOf(parsed.value);
  if (!version.ok) return version;
  const { name, digest: content } = version.value;
  const known = globals.documents.find((other) => other.name === name);
  if (known !== undefined)
    return known.digest === content ? { ok: true, value: globals } : CONFLICT;
  const fault = historyFault(globals.documents, version.value);
  return fault ?? { ok: true, value: withDocument(globals, version.value) };
}

const CONFLICT = undecoded(
  'conflicting-duplicate',
  'version',
  'this version was published with other content: raise the version',
);

function versionOf(record: MethodologyVersion): Decoded<DocumentVersion> {
  const document = parseJson<MethodologyDocument>(record.document) ?? undefined;
  if (document === undefined) {
    return undecoded('not-json', 'document', 'expected a JSON object as text');
  }
  const framework = parseJson<FrameworkDocument>(record.framework ?? 'null');
  if (framework === undefined) {
    return undecoded('not-json', 'framework', 'expected a JSON object as text');
  }
  if (document.id !== record.id || document.version !== record.version) {
    return undecoded('mismatch', 'id', "expected the document's own id and version");
  }
  return {
    ok: true,
    value: {
      name: `${record.id}@${record.version}`,
      document,
      framework: framework ?? undefined,
      from: record.activateAt,
      digest: digest({ ...record }),
      fingerprints: fingerprintsOf(document),
    },
  };
}

/** Why states cannot be moved to a version from the one before it, or from it to the one after. */
function historyFault(
  documents: readonly DocumentVersion[],
  version: DocumentVersion,
): Undecoded | undefined {
  const methodology = ownMethodology(version);
  const inOrder = [...documents, version].sort((a, b) => a.from - b.from);
  const at = inOrder.indexOf(version);
  const [before, after] = [inOrder[at - 1], inOrder[at + 1]];
  const faults = [
    ...(before === undefined ? [] : carryOverFaults(ownMethodology(before), methodology)),
    ...(after === undefined ? [] : carryOverFaults(methodology, ownMethodology(after))),
  ];
  if (faults.length === 0) return undefined;
  const reason = faults.map(({ path, problem, remedy }) => `${path}: ${problem}; ${remedy}`);
  return undecoded('needs-history', 'document', reason.join(' | '));
}

/** The document with its own lists: which facts are kept does not depend on lists. */
const ownMethodology = ({
  name,
  document,
  framework,
  fingerprints,
}: DocumentVersion): Methodology =>
  compiled(`the methodology ${name}`, fingerprintOf(fingerprints), document, framework);
