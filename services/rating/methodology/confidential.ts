import { parse, type ASTNode } from '@marcbachmann/cel-js';
import { RISK_EVENT_KINDS } from '@tidemark/schemas/dictionary';
import { closest } from '../expression/closest';
import type { MethodologyDocument } from './document';
import type { Fault } from './faults';

/** Kinds of risk events of which only those may know who are allowed (P-6); faults name unknown ones. */
export function confidentialKinds(
  { confidentialEvents = [] }: MethodologyDocument,
  faults: Fault[],
): ReadonlySet<string> {
  const known = Object.keys(RISK_EVENT_KINDS);
  confidentialEvents.forEach((kind, i) => {
    if (known.includes(kind)) return;
    const near = closest(kind, known);
    faults.push({
      path: `/confidentialEvents/${i}`,
      rule: null,
      problem: `no risk event is of the kind '${kind}'`,
      remedy: near === undefined ? `use one of ${known.join(', ')}` : `did you mean '${near}'?`,
    });
  });
  return new Set(confidentialEvents);
}

/**
 * Names of the features that may count an event of such a kind: those whose filter is not sure to leave
 * it out by its kind. The document must be without faults.
 */
export function confidentialFeatures(
  { features = {} }: MethodologyDocument,
  kinds: ReadonlySet<string>,
): ReadonlySet<string> {
  const counts = ({ where }: { readonly where?: string }): boolean => {
    if (where === undefined) return true;
    const filter = parse(where).ast;
    return [...kinds].some((kind) => holdsFor(filter, kind) !== false);
  };
  return new Set(
    Object.entries(features).flatMap(([name, feature]) =>
      feature.of === 'riskEvents' && counts(feature) ? [name] : [],
    ),
  );
}

/** Whether a filter holds for an event of which the kind alone is known; undefined: it depends. */
function holdsFor(node: ASTNode, kind: string): boolean | undefined {
  switch (node.op) {
    case 'value':
      return typeof node.args === 'boolean' ? node.args : undefined;
    case '&&':
      return both(holdsFor(node.args[0], kind), holdsFor(node.args[1], kind));
    case '||':
      return not(both(not(holdsFor(node.args[0], kind)), not(holdsFor(node.args[1], kind))));
    case '!_':
      return not(holdsFor(node.args, kind));
    case '==':
      return isOneOf(node.args, kind);
    case '!=':
      return not(isOneOf(node.args, kind));
    case 'in': {
      const [left, right] = node.args;
      if (!isKind(left) || right.op !== 'list') return undefined;
      const texts = right.args.map(textOf);
      return texts.includes(undefined) ? undefined : texts.includes(kind);
    }
    default:
      return undefined;
  }
}

function isOneOf([left, right]: readonly ASTNode[], kind: string): boolean | undefined {
  const other = isKind(left) ? right : isKind(right) ? left : undefined;
  const text = textOf(other);
  return text === undefined ? undefined : text === kind;
}

const isKind = (node: ASTNode | undefined): boolean => node?.op === 'id' && node.args === 'kind';

const textOf = (node: ASTNode | undefined): string | undefined =>
  node?.op === 'value' && typeof node.args === 'string' ? node.args : undefined;

const not = (value: boolean | undefined): boolean | undefined =>
  value === undefined ? undefined : !value;

function both(one: boolean | undefined, other: boolean | undefined): boolean | undefined {
  if (one === false || other === false) return false;
  return one === true && other === true ? true : undefined;
}
