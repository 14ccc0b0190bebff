import { RUNS, runPart, TIMEOUT_MS } from './runs.fixture';

it(
  `the second half of ${RUNS} simulated runs of today finds nothing wrong`,
  () => runPart(1),
  TIMEOUT_MS,
);
