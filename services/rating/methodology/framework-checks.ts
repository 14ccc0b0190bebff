import type { ItemDocument, MethodologyDocument } from './document';
import type { Fault } from './faults';
import type { FrameworkDocument } from './framework';

/** The single checks of a framework; see framework.ts. Each gives its faults, none throws. */

const blank = (text: string | undefined): boolean => text === undefined || text.trim() === '';

const isAdopted = (item: ItemDocument): boolean => item.adopted !== false;

/** Every weight has its rationale. */
export function items(document: MethodologyDocument, framework: FrameworkDocument): Fault[] {
  const { rationale } = framework.checks;
  if (rationale === undefined) return [];
  return Object.entries(document.items)
    .filter(([, item]) => isAdopted(item) && blank(item.rationale))
    .map(([id]) => ({
      path: `/items/${id}/rationale`,
      rule: rationale.rule,
      problem: 'the weight has no rationale',
      remedy: 'say in a sentence why the item weighs what it weighs',
    }));
}

/** Rules that the document departs from, with all three parts in writing. */
function deviatesFrom(document: MethodologyDocument): ReadonlySet<string> {
  const deviations = document.governance?.deviations ?? [];
  return new Set(
    deviations
      .filter((d) => !blank(d.method) && !blank(d.process) && !blank(d.conclusion))
      .map((d) => d.rule),
  );
}

/** Elements and sub-items: served by an adopted item, or a recorded deviation. */
export function coverage(document: MethodologyDocument, framework: FrameworkDocument): Fault[] {
  const deviations = deviatesFrom(document);
  const served = Object.values(document.items)
    .filter((item) => isAdopted(item))
    .flatMap((item) => item.rules);
  const faults: Fault[] = [];
  for (const { rule, prefix } of framework.elements ?? []) {
    const own = served.some((id) => id !== rule && id.startsWith(prefix));
    if (own || deviations.has(rule)) continue;
    faults.push({
      path: '/items',
      rule,
      problem: `no adopted item serves the element (a rule that starts with ${prefix})`,
      remedy: `add an item, or record a deviation from ${rule} in governance.deviations`,
    });
  }
  for (const rule of framework.subItems ?? []) {
    if (served.includes(rule) || deviations.has(rule)) continue;
    faults.push({
      path: '/items',
      rule,
      problem: `no adopted item serves ${rule}`,
      remedy: `add ${rule} to the rules of an item, or record a deviation from it with method, process and conclusion`,
    });
  }
  return faults;
}

/** The document's grades, lowest risk first. */
const gradesOf = (document: MethodologyDocument): number[] =>
  Object.keys(document.grades)
    .map(Number)
    .sort((a, b) => a - b);

export function grades(document: MethodologyDocument, framework: FrameworkDocument): Fault[] {
  const count = gradesOf(document).length;
  const { minGrades, formula, ownTool } = framework.checks;
  const faults: Fault[] = [];
  if (minGrades !== undefined && count < minGrades.min) {
    faults.push({
      path: '/grades',
      rule: minGrades.rule,
      problem: `${count} grades, fewer than ${minGrades.min}`,
      remedy: `define at least ${minGrades.min} grades`,
    });
  }
  if (formula !== undefined && document.levels !== count) {
    faults.push({
      path: '/levels',
      rule: formula.rule,
      problem: `scores run to ${document.levels}, but there are ${count} grades`,
      remedy: 'let the top score and the number of grades be the same',
    });
  }
  // A plain string here: a document may name an aggregate that this build does not know.
  const aggregate: string = document.aggregate;
  if (
    ownTool !== undefined &&
    aggregate !== 'weighted' &&
    blank(document.governance?.[ownTool.field])
  ) {
    faults.push({
      path: `/governance/${ownTool.field}`,
      rule: ownTool.rule,
      problem: `the aggregate '${aggregate}' is an own tool without a written description`,
      remedy: 'name the document that describes its design and use',
    });
  }
  return faults;
}

/** What must bar a direct low, and what must lead to the highest grade. */
export function direct(document: MethodologyDocument, framework: FrameworkDocument): Fault[] {
  const deviations = deviatesFrom(document);
  const faults: Fault[] = [];
  const { lowest, highest } = document.direct ?? {};
  if (lowest !== undefined) {
    const bars = new Set(lowest.unless.map(({ rule }) => rule));
    for (const rule of framework.directLowest?.unless ?? []) {
      if (bars.has(rule) || deviations.has(rule)) continue;
      faults.push({
        path: '/direct/lowest/unless',
        rule,
        problem: `${rule} does not bar the direct lowest grade`,
        remedy: `add an entry with rule ${rule}, or leave out direct.lowest`,
      });
    }
  }
  const leads = new Set((highest ?? []).map(({ rule }) => rule));
  for (const rule of framework.directHighest?.required ?? []) {
    if (leads.has(rule) || deviations.has(rule)) continue;
    faults.push({
      path: '/direct/highest',
      rule,
      problem: `${rule} does not lead to the highest grade`,
      remedy: `add an entry with rule ${rule}`,
    });
  }
  return faults;
}

/** The review ladder, the first review, the time to the first rating. */
export function review(document: MethodologyDocument, framework: FrameworkDocument): Fault[] {
  const { reviewLadder, firstReview, initialRating } = framework.checks;
  const { months, firstReviewMonths, initialWorkingDays } = document.review ?? {};
  const faults: Fault[] = [];
  if (reviewLadder !== undefined) {
    const { rule, topMonths, factor } = reviewLadder;
    let limit = topMonths;
    for (const grade of gradesOf(document).reverse()) {
      const value = months?.[grade];
      const path = `/review/months/${grade}`;
      if (value === undefined) {
        faults.push({
          path,
          rule,
          problem: `grade ${grade} has no review period`,
          remedy: `state at most ${limit} months`,
        });
      } else if (!Number.isInteger(value) || value < 1 || value > limit) {
        faults.push({
          path,
          rule,
          problem: `a review period of ${value} months; 1 to ${limit} are allowed`,
          remedy: `state at most ${limit} months`,
        });
      }
      limit = (value ?? limit) * factor;
    }
  }
  if (firstReview !== undefined) {
    faults.push(
      ...atMost(
        '/review/firstReviewMonths',
        firstReview.rule,
        firstReviewMonths,
        firstReview.months,
      ),
    );
  }
  if (initialRating !== undefined) {
    faults.push(
      ...atMost(
        '/review/initialWorkingDays',
        initialRating.rule,
        initialWorkingDays,
        initialRating.workingDays,
      ),
    );
  }
  return faults;
}

function atMost(path: string, rule: string, value: number | undefined, most: number): Fault[] {
  if (value !== undefined && value >= 1 && value <= most) return [];
  const problem = value === undefined ? 'not stated' : `${value}; 1 to ${most} are allowed`;
  return [{ path, rule, problem, remedy: `state at most ${most}` }];
}

/** Enhanced measures where risk is highest, simplified ones where it is lowest, never the reverse. */
export function measures(document: MethodologyDocument, framework: FrameworkDocument): Fault[] {
  const { enhanced, simplified, reverse } = framework.measures ?? {};
  const all = gradesOf(document);
  const lowest = all[0];
  const highest = all[all.length - 1];
  const faults: Fault[] = [];
  const codes = (grade: number | undefined): readonly string[] =>
    grade === undefined ? [] : (document.measures?.[grade] ?? []);
  if (enhanced !== undefined && !codes(highest).some((code) => code.startsWith(enhanced.prefix))) {
    faults.push({
      path: `/measures/${highest}`,
      rule: enhanced.rule,
      problem: 'the highest grade has no enhanced measure',
      remedy: `add a measure ${enhanced.prefix}...`,
    });
  }
  for (const grade of all) {
    codes(grade).forEach((code, index) => {
      const path = `/measures/${grade}/${index}`;
      if (simplified !== undefined && code.startsWith(simplified.prefix) && grade !== lowest) {
        faults.push({
          path,
          rule: simplified.rule,
          problem: `the simplified measure ${code} at grade ${grade}`,
          remedy: `keep simplified measures to grade ${lowest}`,
        });
      }
      if (
        reverse !== undefined &&
        enhanced !== undefined &&
        code.startsWith(enhanced.prefix) &&
        grade === lowest
      ) {
        faults.push({
          path,
          rule: reverse.rule,
          problem: `the enhanced measure ${code} at the lowest grade`,
          remedy: 'move it to a higher grade',
        });
      }
    });
  }
  return faults;
}

/** Who answers for the document, in what it departs from the text, who does the work. */
export function governance(document: MethodologyDocument, framework: FrameworkDocument): Fault[] {
  const { checks } = framework;
  const stated = document.governance;
  const faults: Fault[] = [];
  for (const { field, rule } of checks.governance ?? []) {
    if (!blank(stated?.[field])) continue;
    faults.push({
      path: `/governance/${field}`,
      rule,
      problem: `governance.${field} is not stated`,
      remedy: 'name the body or person',
    });
  }
  if (checks.deviation !== undefined) {
    const { rule } = checks.deviation;
    (stated?.deviations ?? []).forEach((deviation, index) => {
      for (const part of ['rule', 'method', 'process', 'conclusion'] as const) {
        if (!blank(deviation[part])) continue;
        faults.push({
          path: `/governance/deviations/${index}/${part}`,
          rule,
          problem: `the record of the deviation lacks its ${part}`,
          remedy: 'record method, process and conclusion of the assessment',
        });
      }
    });
  }
  if (checks.outsourcing !== undefined && stated?.outsourcing !== undefined) {
    for (const part of ['agreementId', 'approvalId'] as const) {
      if (!blank(stated.outsourcing[part])) continue;
      faults.push({
        path: `/governance/outsourcing/${part}`,
        rule: checks.outsourcing.rule,
        problem: `outsourced work without ${part}`,
        remedy: 'state the written agreement and the approval by senior management',
      });
    }
  }
  if (checks.personas !== undefined && (document.personas ?? []).length === 0) {
    faults.push({
      path: '/personas',
      rule: checks.personas.rule,
      problem: 'the document carries no personas',
      remedy: 'add at least one customer with the rating that is expected',
    });
  }
  return faults;
}
