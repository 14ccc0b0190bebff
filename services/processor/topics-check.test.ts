import type { TopicInfo } from '@tidemark/engine/adapters/kafka/kafka';
import { configOf, compatibilityOf, subjectOf, TOPICS } from './topic-settings';
import {
  differences,
  inWords,
  notesOn,
  type Layout,
  type Observed,
  type SubjectInfo,
} from './topics-check';

const LAYOUT: Layout = {
  prefix: 'p',
  partitions: undefined,
  replicas: undefined,
  retentionMs: undefined,
};

/** All as it should be, on three brokers. */
function sound(change: (topic: TopicInfo) => TopicInfo = (topic) => topic): Observed {
  const topics = TOPICS.map((setting) =>
    change({
      name: `p.${setting.name}.v1`,
      partitions: setting.role === 'global' ? 1 : 4,
      replicas: 3,
      config: configOf(setting, { replicas: 3, retentionMs: undefined }),
    }),
  );
  const subjects = new Map(
    TOPICS.filter(({ kind }) => kind !== undefined).map(({ name, role }) => [
      subjectOf(`p.${name}.v1`),
      { level: compatibilityOf(role), isRegistered: true, isCompatible: true } as SubjectInfo,
    ]),
  );
  return { brokers: 3, topics, subjects };
}

const only =
  (name: string, change: Partial<TopicInfo>) =>
  (topic: TopicInfo): TopicInfo =>
    topic.name === `p.${name}.v1`
      ? { ...topic, ...change, config: { ...topic.config, ...change.config } }
      : topic;

const words = (observed: Observed, layout = LAYOUT): string[] =>
  differences(observed, layout).map((difference) => inWords(difference).what);

describe('what differs from the layout', () => {
  it('is nothing where all is as it should be', () => {
    expect(differences(sound(), LAYOUT)).toEqual([]);
    expect(differences(sound(), { ...LAYOUT, partitions: 4, replicas: 3 })).toEqual([]);
  });

  it('is every topic on an empty cluster, on as many brokers as there are', () => {
    const all = differences({ brokers: 2, topics: [], subjects: new Map() }, LAYOUT);
    const topics = all.flatMap((difference) => (difference.kind === 'topic' ? [difference] : []));
    expect(topics).toHaveLength(TOPICS.length);
    const journal = topics.find(({ name }) => name === 'p.journal.v1');
    expect(journal).toMatchObject({
      partitions: 8,
      replicas: 2,
      config: { 'min.insync.replicas': '2', 'message.timestamp.type': 'LogAppendTime' },
    });
    expect(topics.find(({ name }) => name === 'p.methodologies.v1')).toMatchObject({
      partitions: 1,
    });
    expect(topics.find(({ name }) => name === 'p.ratings.v1')?.config).toMatchObject({
      'cleanup.policy': 'compact',
    });
    // the level first: the schema is then judged by it
    const kinds = all.map(({ kind }) => kind);
    expect(kinds.indexOf('level')).toBeLessThan(kinds.indexOf('schema'));
  });

  it('is a setting that keeps too little, not one that keeps more', () => {
    const less = sound(only('transactions', { config: { 'retention.ms': '604800000' } }));
    expect(words(less)).toEqual(['p.transactions.v1: retention.ms is 604800000 instead of -1']);
    const week = { ...LAYOUT, retentionMs: 604_800_000 };
    expect(words(less, week)).toEqual([]);
    expect(words(sound(), week)).toEqual([]);
    expect(words(sound(only('journal', { config: { 'max.message.bytes': '1048588' } })))).toEqual([
      'p.journal.v1: max.message.bytes is 1048588 instead of 4194304',
    ]);
    const more = { 'max.message.bytes': '9000000', 'min.insync.replicas': '3' };
    expect(words(sound(only('journal', { config: more })))).toEqual([]);
  });

  it('is not a longer retention, of which a note tells: it is never shortened', () => {
    const week = { ...LAYOUT, retentionMs: 604_800_000 };
    const all = notesOn(sound(), week);
    // inputs and journal: the others are kept for good whatever is asked for
    expect(all).toHaveLength(6);
    expect(all).toContainEqual(
      expect.stringMatching(/^p\.journal\.v1 is kept longer .* retention\.ms is -1, not 604800000/),
    );
    const kept = (ms: string) => only('transactions', { config: { 'retention.ms': ms } });
    const notes = (ms: string): string[] =>
      notesOn(sound(kept(ms)), week).filter((note) => note.startsWith('p.transactions.v1 '));
    expect(notes('604800001')).toHaveLength(1);
    expect(notes('604800000')).toEqual([]);
    expect(notes('604799999')).toEqual([]);
    expect(differences(sound(kept('604800001')), week)).toEqual([]);
    expect(notesOn(sound(), LAYOUT)).toEqual([]);
  });

  it('is an output that is not kept for good: it is read again from its first record', () => {
    const week = { 'retention.ms': '604800000' };
    for (const name of ['grade-changes', 'review-tasks', 'dead-letters']) {
      expect(words(sound(only(name, { config: week })))).toEqual([
        `p.${name}.v1: retention.ms is 604800000 instead of -1`,
      ]);
    }
  });

  it('is left to a person where what is read may lie in tiered storage', () => {
    const tiered = { 'remote.storage.enable': 'true' };
    const found = differences(sound(only('transactions', { config: tiered })), LAYOUT);
    expect(found.map(({ kind }) => kind)).toEqual(['person']);
    expect(words(sound(only('journal', { config: tiered })))).toEqual([
      expect.stringMatching(/^p\.journal\.v1 has tiered storage/),
    ]);
    expect(words(sound(only('ratings', { config: tiered })))).toEqual([]);
  });

  it('is the time of the journal, not of inputs that others have made', () => {
    const time = { 'message.timestamp.type': 'CreateTime' };
    expect(words(sound(only('transactions', { config: time })))).toEqual([]);
    expect(words(sound(only('journal', { config: time })))).toEqual([
      'p.journal.v1: message.timestamp.type is CreateTime instead of LogAppendTime',
    ]);
  });

  it('is a compacted input without a lag; with one it is told what that costs', () => {
    const compacted = (lag: string): Observed =>
      sound(
        only('transactions', {
          config: { 'cleanup.policy': 'compact,delete', 'min.compaction.lag.ms': lag },
        }),
      );
    expect(differences(compacted('604800000'), LAYOUT)).toEqual([]);
    expect(words(compacted('0'))).toEqual([
      'p.transactions.v1 is compacted, and its min.compaction.lag.ms is 0: a record may be gone before anybody has read it',
    ]);
    const note = /^p\.transactions\.v1 is compacted: verify, as-of and a rebuild reach only as far/;
    expect(notesOn(compacted('1'), LAYOUT)).toEqual([expect.stringMatching(note)]);
    expect(notesOn(sound(), LAYOUT)).toEqual([]);
    // nobody else's: it is set back
    const journal = sound(only('journal', { config: { 'cleanup.policy': 'compact' } }));
    expect(words(journal)).toEqual(['p.journal.v1: cleanup.policy is compact instead of delete']);
  });

  it('is left to a person where partitions or replicas are others', () => {
    const kinds = (observed: Observed, layout = LAYOUT): string[] =>
      differences(observed, layout).map(({ kind }) => kind);
    expect(kinds(sound(only('ratings', { partitions: 5 })))).toEqual(['person']);
    expect(kinds(sound(only('reference-lists', { partitions: 2 })))).toEqual(['person']);
    expect(kinds(sound(only('ratings', { replicas: 1 })))).toEqual(['person']);
    expect(kinds(sound(), { ...LAYOUT, partitions: 5 })).toEqual(['person']);
    expect(kinds(sound(), { ...LAYOUT, replicas: 4 })).toEqual(['person']);
  });

  it('is a schema that is lacking, and one that does not go with the others', () => {
    const observed = sound();
    const subject = 'p.ratings.v1-value';
    const changed = (info: SubjectInfo): string[] =>
      words({ ...observed, subjects: new Map(observed.subjects).set(subject, info) });
    const level = 'FULL_TRANSITIVE';
    expect(changed({ level, isRegistered: false, isCompatible: true })).toEqual([
      `the schema of this build is not registered under ${subject}`,
    ]);
    expect(changed({ level, isRegistered: false, isCompatible: false })).toEqual([
      `the schema of this build does not go with those registered under ${subject}`,
    ]);
    expect(changed({ level: 'NONE', isRegistered: true, isCompatible: true })).toEqual([
      `compatibility of ${subject} is NONE instead of ${level}`,
    ]);
  });
});
