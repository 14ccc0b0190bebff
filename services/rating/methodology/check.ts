import type { MethodologyDocument } from './document';
import type { Fault } from './faults';
import { ruleOf, type Check, type FrameworkDocument } from './framework';
import { adoptedItems } from './units';

const DECIMALS_MAX = 4;
const PERCENT = 100;

export interface Weighted {
  readonly scale: number;
  readonly bands: readonly { readonly grade: number; readonly from: number }[];
}

/** Decimals of a number as it is written, or undefined when there are too many. */
function decimals(value: number): number | undefined {
  const match = /^\d+(?:\.(\d+))?$/.exec(String(value));
  const count = match === null ? undefined : (match[1]?.length ?? 0);
  return count === undefined || count > DECIMALS_MAX ? undefined : count;
}

/**
 * Checks what the weighted sum R = sum(a * p) / m rests on: weights, grades, bands, limits of names.
 * @returns the integer scale of weights, and the bands' bounds compared with S = sum(a * p)
 */
export function checkWeighted(
  document: MethodologyDocument,
  framework: FrameworkDocument | undefined,
  faults: Fault[],
): Weighted {
  const fault = (path: string, check: Check, problem: string, remedy: string): void => {
    faults.push({ path, rule: ruleOf(framework, check), problem, remedy });
  };
  let places = 0;
  const segments = Object.keys(document.segments);
  const units = new Map(segments.map((segment) => [segment, 0n]));
  for (const [id, item] of adoptedItems(document)) {
    for (const [segment, weight] of Object.entries(item.weight ?? {})) {
      const path = `/items/${id}/weight/${segment}`;
      const count = decimals(weight);
      if (weight <= 0 || count === undefined) {
        fault(
          path,
          'weightPositive',
          `${weight} is no weight`,
          'give more than 0 with up to 4 decimals, or leave the segment out',
        );
        continue;
      }
      if (!units.has(segment)) {
        fault(path, 'weightPositive', `no segment '${segment}'`, `use ${segments.join(', ')}`);
        continue;
      }
      places = Math.max(places, count);
      units.set(segment, (units.get(segment) ?? 0n) + scaled(weight));
    }
  }
  for (const [id, item] of Object.entries(document.items)) {
    if (item.adopted === false && (item.weight !== undefined || (item.reason ?? '') === '')) {
      fault(
        `/items/${id}`,
        'notAdopted',
        'an item that is not adopted has a reason and no weight',
        'remove the weight and write the reason',
      );
    }
  }
  for (const [segment, total] of units) {
    if (total !== scaled(PERCENT)) {
      fault(
        '/items',
        'weightsTotal',
        `the weights of ${segment} total ${Number(total) / 10 ** DECIMALS_MAX}`,
        'make them total exactly 100',
      );
    }
  }
  checkGrades(document, fault);
  for (const { from } of document.bands) places = Math.max(places, decimals(from) ?? 0);
  const scale = 10 ** places;
  checkBands(document, fault);
  return {
    scale,
    bands: document.bands.map(({ grade, from }) => ({
      grade,
      from: Math.round(from * document.levels * scale),
    })),
  };
}

const scaled = (value: number): bigint => BigInt(Math.round(value * 10 ** DECIMALS_MAX));

type Report = (path: string, check: Check, problem: string, remedy: string) => void;

function checkGrades(document: MethodologyDocument, fault: Report): void {
  const { levels } = document;
  if (!Number.isInteger(levels) || levels < 2 || levels > PERCENT) {
    fault('/levels', 'scoreRange', `${levels} is no number of levels`, 'give 2 to 100');
  }
  const grades = Object.keys(document.grades).map(Number);
  if (grades.length < 2 || grades.some((grade, i) => grade !== i + 1)) {
    fault('/grades', 'minGrades', 'grades are not 1, 2, 3, ...', 'number them from 1 without gap');
  }
  (document.caps ?? []).forEach(({ grade }, i) => {
    if (!grades.includes(grade)) fault(`/caps/${i}/grade`, 'bands', 'no such grade', 'correct it');
  });
}

function checkBands(document: MethodologyDocument, fault: Report): void {
  const { bands, levels } = document;
  const lowest = PERCENT / levels;
  const grades = Object.keys(document.grades).map(Number);
  const first = bands[0]?.from;
  // 100/m may not end as a decimal: the first band may begin at or below it.
  if (first === undefined || first > lowest) {
    fault('/bands/0/from', 'bands', `scores from ${lowest} have no grade`, `begin at ${lowest}`);
  }
  bands.forEach(({ grade, from }, i) => {
    const path = `/bands/${i}`;
    const before = bands[i - 1]?.from;
    if (before !== undefined && from <= before) {
      fault(`${path}/from`, 'bands', 'bands overlap or stand in the wrong order', 'ascend');
    }
    if (decimals(from) === undefined) {
      fault(`${path}/from`, 'bands', `${from} is no bound`, 'give up to 4 decimals');
    }
    if (from > PERCENT || (bands[i + 1]?.from ?? Number.POSITIVE_INFINITY) <= lowest) {
      fault(path, 'bands', `grade ${grade} is unreachable`, `bounds lie in [${lowest}, 100]`);
    }
    if (!grades.includes(grade)) fault(`${path}/grade`, 'bands', 'no such grade', 'correct it');
  });
  for (const grade of grades) {
    if (!bands.some((band) => band.grade === grade)) {
      fault('/bands', 'bands', `grade ${grade} has no band`, 'add its band');
    }
  }
}
