import { compiler } from '../expression/compile';
import { ExpressionFault } from '../expression/expression-fault';
import { BOOL, INT, STRING, type Type } from '../expression/node';
import type { Definition, Scope } from '../expression/scope';
import type { MethodologyDocument } from './document';
import type { Fault } from './faults';

const PARAM_TYPES: Readonly<Record<string, Type>> = { string: STRING, int: INT, bool: BOOL };

/** Whether what it lacked the last time is still not there: trying each again takes them squared. */
function stillMissing(
  problem: ExpressionFault | undefined,
  definitions: ReadonlyMap<string, Definition>,
): boolean {
  const name = /^Unknown variable: (\S+)/.exec(problem?.message ?? '')?.[1];
  return name !== undefined && !definitions.has(name);
}

/**
 * Adds the named expressions of a document to a scope, each once all it refers to has a type.
 * @returns the scope in which items and conditions are compiled
 */
export function resolveDefinitions(
  document: MethodologyDocument,
  base: Scope,
  faults: Fault[],
): Scope {
  const definitions = new Map<string, Definition>();
  const faulty = new Set<string>();
  const scope: Scope = { ...base, definitions, faulty };
  let open = Object.entries(document.define ?? {});
  const problems = new Map<string, ExpressionFault>();
  for (let progress = true; progress && open.length > 0;) {
    const before = open.length;
    const compile = compiler(scope);
    open = open.filter(([name, { params = {}, is }]) => {
      if (stillMissing(problems.get(name), definitions)) return true;
      const typed = Object.entries(params).map(
        ([param, type]) => [param, PARAM_TYPES[type] ?? STRING] as const,
      );
      try {
        const { node } = compile(is, typed);
        definitions.set(name, { params: typed, source: is, type: node.type });
        return false;
      } catch (error) {
        if (!(error instanceof ExpressionFault)) throw error;
        problems.set(name, error);
        return true;
      }
    });
    progress = open.length < before;
  }
  for (const [name] of open) faulty.add(name);
  for (const [name] of open) {
    const { message = 'not valid', remedy = 'correct it' } = problems.get(name) ?? {};
    faults.push({ path: `/define/${name}`, rule: null, problem: message, remedy });
  }
  return scope;
}
