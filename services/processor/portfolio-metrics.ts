import type { InForce } from '@tidemark/engine/measures';
import { figureOf, REVIEW_DUE_DAYS, type Figure, type ItemFigure } from '@tidemark/rating/figures';
import type { Sample } from './metric-text';
import {
  perPartition,
  single,
  status,
  type MeasuredPartition,
  type PartitionMetric,
} from './partition-metric';

/**
 * The figures of the portfolio. They are found by a walk over all states beside the steps (a fiftieth of a
 * thread's time at most), so they are as old as `tidemark_portfolio_timestamp_seconds` says.
 */

const gauge = perPartition('gauge');

/** A sample for each figure that is to be told of. */
const figures =
  (labelsOf: (figure: Figure) => readonly string[] | undefined) =>
  ({ measures }: MeasuredPartition): Sample[] =>
    [...(measures.figures?.tally ?? [])].flatMap(([name, value]) => {
      const labels = labelsOf(figureOf(name));
      return labels === undefined ? [] : [{ labels, value }];
    });

/** Every sub-item that applies to somebody has a value, also where nobody is counted. */
const items =
  (is: ItemFigure) =>
  (one: MeasuredPartition): Sample[] => {
    const tally = one.measures.figures?.tally;
    return figures((figure) =>
      figure.of === 'item' && figure.is === 'applies' ? [figure.item] : undefined,
    )(one).map(({ labels }) => ({ labels, value: tally?.get(`${is} ${labels[0] ?? ''}`) ?? 0 }));
  };

const reviews = ({ measures: { figures: found } }: MeasuredPartition): Sample[] =>
  found === undefined
    ? []
    : ['due', 'overdue'].map((state) => ({
        labels: [state],
        value: found.tally.get(`review ${state}`) ?? 0,
      }));

const inForce =
  (kind: InForce['kind']) =>
  ({ measures }: MeasuredPartition): Sample[] =>
    measures.inForce.flatMap((one) =>
      one.kind === kind ? [{ labels: [one.name, one.version], value: 1 }] : [],
    );

export const PORTFOLIO_METRICS: readonly PartitionMetric[] = [
  gauge(
    'known_customers',
    [],
    'Customers that are known, rated or not',
    status(({ keys }) => keys),
  ),
  gauge(
    'customers',
    ['grade'],
    'Customers by their grade (none: not rated yet)',
    figures((figure) => (figure.of === 'grade' ? [String(figure.grade ?? 'none')] : undefined)),
  ),
  gauge(
    'reviews',
    ['state'],
    `Reviews whose last day is within ${REVIEW_DUE_DAYS} days (due), or has passed (overdue)`,
    reviews,
  ),
  gauge(
    'sub_item_applies_customers',
    ['item'],
    'Rated customers for whom the sub-item has a weight',
    items('applies'),
  ),
  gauge(
    'sub_item_missing_customers',
    ['item'],
    'Of these, customers whose data for the sub-item is missing',
    items('missing'),
  ),
  gauge(
    'sub_item_hit_customers',
    ['item'],
    'Of these, customers whose data is there and scores above 1',
    items('hit'),
  ),
  gauge(
    'portfolio_timestamp_seconds',
    [],
    'When customers, reviews and sub-items were counted, Unix time',
    single(({ measures: { figures: found } }) =>
      found === undefined ? undefined : found.completedAt / 1000,
    ),
  ),
  gauge(
    'methodology_info',
    ['methodology', 'version'],
    'The methodology in force',
    inForce('methodology'),
  ),
  gauge(
    'reference_list_info',
    ['list', 'version'],
    'The reference lists in force (own: the one that the methodology brings)',
    inForce('reference-list'),
  ),
];
