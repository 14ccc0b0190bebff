import { RUNS, runPart, TIMEOUT_MS } from './runs.fixture';

it(
  `the first half of ${RUNS} simulated runs of today finds nothing wrong`,
  () => runPart(0),
  TIMEOUT_MS,
);
