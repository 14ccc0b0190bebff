import type { Env, Node, Value } from './node';

/**
 * How a value changes by time alone, as long as nothing is learnt of the customer.
 * still: not at all. falling: a number falls, to 0 at the least; a condition may turn false, and not
 * turn true; of a list the elements fall, or leave. Undefined: in any way.
 */
export type Course = 'still' | 'falling' | undefined;

type Part = Pick<Node, 'course' | 'constant'>;

const isStill = ({ course }: Part): boolean => course === 'still';
const mayFall = ({ course }: Part): boolean => course === 'still' || course === 'falling';
/** Falls, or is a constant that does not make a sum negative. */
const isNonNegative = ({ course, constant }: Part): boolean =>
  course === 'falling' || (typeof constant === 'number' && constant >= 0);

/** Of what is made of conditions that only turn false. */
export function ofConditions(...parts: readonly Part[]): Course {
  if (parts.every(isStill)) return 'still';
  return parts.every(mayFall) ? 'falling' : undefined;
}

/** Of a sum or product of numbers. */
export function ofNumbers(...parts: readonly Part[]): Course {
  if (parts.every(isStill)) return 'still';
  return parts.every(isNonNegative) ? 'falling' : undefined;
}

/** Of what depends on all of its parts in any way. */
export const ofAny = (...parts: readonly Part[]): Course =>
  parts.every(isStill) ? 'still' : undefined;

/** Of what is gathered from the elements of a list, when they fall or leave. */
export function ofElements(list: Part, each: Part): Course {
  if (isStill(list)) return mayFall(each) ? each.course : undefined;
  return list.course === 'falling' && each.course === 'falling' ? 'falling' : undefined;
}

/** Of whether an element of a list satisfies a condition, and of those that do. */
export const ofSome = (list: Part, condition: Part): Course => ofConditions(list, condition);

/**
 * What can only fall has settled once it is at its lowest: then nothing that was read to find it out
 * changes it by time, and it holds until something is learnt.
 */
export function settling(
  course: Course,
  run: Node['run'],
  isLowest: (value: Value) => boolean,
): Node['run'] {
  if (course !== 'falling') return run;
  return (env: Env) => {
    const { until } = env;
    const value = run(env);
    if (isLowest(value)) env.until = until;
    return value;
  };
}

export const isFalse = (value: Value): boolean => value === false;
export const isTrue = (value: Value): boolean => value === true;
