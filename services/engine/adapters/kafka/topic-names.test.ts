import { topicNames } from './topic-names';

const names = topicNames({ prefix: 'bank', partitioned: ['numbers'], global: ['tables'] });

it('names the topics of an installation, and its own', () => {
  expect(names.of('numbers')).toEqual({ topic: 'bank.numbers.v1', global: false });
  expect(names.of('tables')).toEqual({ topic: 'bank.tables.v1', global: true });
  expect(names.of('journal').topic).toBe('bank.journal.v1');
  expect(names.of('checkpoints').topic).toBe('bank.checkpoints.v1');
});

it('knows its topics by what Kafka calls them', () => {
  expect(names.all.map((one) => names.logical(names.of(one).topic))).toEqual(names.all);
  expect(names.logical('other.numbers.v1')).toBeUndefined();
});

it('refuses a topic that the application does not have', () => {
  expect(() => names.of('unheard-of')).toThrow('unheard-of');
});
