import type { Machine } from '@tidemark/engine/machine';
import { customerMachine } from '@tidemark/rating/customer-machine';
import { compiledMethodology, shippedDocument } from '@tidemark/rating/customer.fixture';
import type { Output } from '@tidemark/rating/grading/publish';
import type { RatingGlobals } from '@tidemark/rating/in-force/globals';
import type { CustomerState } from '@tidemark/rating/state';
import type { InputRecord } from '@tidemark/schemas/records';
import { newJob } from './job';

describe('a job', () => {
  it('runs the rating as a machine of the engine', () => {
    const machine: Machine<CustomerState, InputRecord, Output, RatingGlobals> = customerMachine;
    expect(newJob(compiledMethodology(shippedDocument('cn-aml-bank'))).partition.machine).toBe(
      machine,
    );
  });
});
