import type { RecordSchema } from './avro-schema';
import type { Check } from './faults';
import { rulesOf } from './record-rules';
import { compileRecord, type Members } from './validate';

/**
 * The checks of a schema as a function that answers the generated type. The assertion is sound
 * because types and checks come from the same schema, and callers look at `check.faults` first.
 */
export function parseWith<T>(schema: RecordSchema): (input: Members, check: Check) => T {
  const whole = compileRecord(schema, rulesOf(schema));
  return (input, check) => whole(input, check) as T;
}
