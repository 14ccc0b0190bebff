import { number, orNone, panel, rate, type Dashboard } from './panels';

/** Two processes may tell of a partition for a moment: it counts once. */
const sum = (name: string, by: string, where = ''): string =>
  `sum by (${by}) (max by (partition, ${by}) (${name}${where}))`;

const share = (part: string): string =>
  `${sum(`tidemark_sub_item_${part}_customers`, 'item')} / ${sum('tidemark_sub_item_applies_customers', 'item')}`;

const AGE = number(
  'Age of these figures',
  's',
  'time() - min(max by (partition) (tidemark_portfolio_timestamp_seconds))',
  'They are counted by a walk beside the steps.',
);

export const RATINGS: Dashboard = {
  id: 'ratings',
  title: 'Tidemark: rating portfolio',
  panels: [
    number(
      'Customers',
      'short',
      'sum(max by (partition) (tidemark_known_customers))',
      'Known, rated or not.',
    ),
    AGE,
    panel('Grades', 'short', sum('tidemark_customers', 'grade'), '{{grade}}', 'Effective grades.'),
    panel(
      'Migrations',
      'ops',
      rate('tidemark_grade_changes_total', 'from, to'),
      '{{from}} to {{to}}',
      'Grade changes published.',
    ),
    panel(
      'Hit rate',
      'percentunit',
      share('hit'),
      '{{item}}',
      'Customers whom a sub-item scores above 1. One that never fires is a finding.',
    ),
    panel(
      'Missing data',
      'percentunit',
      share('missing'),
      '{{item}}',
      'Customers of whom a sub-item has no data. One that always lacks it is a finding.',
    ),
    panel(
      'Methodology',
      'short',
      'count by (methodology, version) (tidemark_methodology_info)',
      '{{methodology}} {{version}}',
      'In force, in how many partitions.',
    ),
    panel(
      'Reference lists',
      'short',
      'count by (list, version) (tidemark_reference_list_info)',
      '{{list}} {{version}}',
      'In force, in how many partitions; own: the one that the methodology brings.',
    ),
  ],
};

export const REVIEWS: Dashboard = {
  id: 'reviews',
  title: 'Tidemark: reviews',
  panels: [
    number(
      'Overdue',
      'short',
      'sum(max by (partition) (tidemark_reviews{state="overdue"}))',
      'Their last day has passed.',
    ),
    number(
      'Due within 30 days',
      'short',
      'sum(max by (partition) (tidemark_reviews{state="due"}))',
      'Today included.',
    ),
    AGE,
    panel('Reviews', 'short', sum('tidemark_reviews', 'state'), '{{state}}', 'By state.'),
    panel(
      'Review tasks',
      'ops',
      orNone(rate('tidemark_outputs_total', 'topic', '{topic="review-tasks"}')),
      'published',
      'Handed out by the topic review-tasks.',
    ),
    panel(
      'Decisions of people',
      'ops',
      orNone(rate('tidemark_records_total', 'topic', '{topic="decisions"}')),
      'taken in',
      'What people decided.',
    ),
  ],
};
