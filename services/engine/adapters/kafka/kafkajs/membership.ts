import { Failure } from '../../../errors';
import type { GroupSettings, Membership } from '../kafka';
import { assign } from './assigner';
import { answerOf, growingWaits, isForGood, isForNow, plainError, within } from './errors';
import { persist, waiting, type Link } from './link';
import {
  decodeAssignment,
  decodeClaim,
  encodeAssignment,
  encodeSubscription,
  NO_GENERATION,
  type Claim,
} from './membership-codec';
import { asGroup, type GroupBroker } from './protocol-codec';

/** The name under which members of one build find each other. */
const PROTOCOL = 'tidemark-sticky';
const WAIT_FIRST_MS = 20;
const WAIT_MOST_MS = 2_000;
/** Beyond what the coordinator itself waits, ms. */
const NETWORK_MS = 5_000;
const LEAVE_MS = 2_000;
/** A topic that was just created is not known to all brokers yet, ms. */
const CREATED_MS = 3_000;

/**
 * A member of a consumer group that reads nothing: heartbeats, and a set of partitions after each
 * rebalance. While the group rebalances, while the coordinator is away and also when the session was lost
 * its partitions stay as they were: the fence protects them, and who has none to give way to goes on.
 * It tries for ever; only what a person has to mend ends it (`failed`).
 *
 * kafkajs' own consumer is not used: it ends at errors of the coordinator, and cannot hold a membership
 * without fetching.
 * @throws Error when the topics do not exist or have different numbers of partitions
 */
export async function joinGroup(link: Link, settings: GroupSettings): Promise<Membership> {
  const until = Date.now() + CREATED_MS;
  const counts = await persist(
    link,
    'the topics',
    undefined,
    async () => {
      const found = await countsOf(link, settings.topics);
      if (isMissing(found) && Date.now() < until) throw new Error('a topic is not known yet');
      return found;
    },
    link.drop,
  );
  partitionsIn(counts);
  const member: Member = {
    ...{ link, settings },
    ...{ id: '', claim: { generation: NO_GENERATION, partitions: [] } },
    ...{ isJoining: false, isLeaving: false, asking: [] },
  };
  const ended = run(member).catch((error: unknown) => {
    if (member.isLeaving) return;
    over(member);
    settings.failed(plainError(`the group ${settings.group}`, error));
  });
  return {
    confirmed: () =>
      member.isLeaving
        ? Promise.resolve(new Set())
        : new Promise((resolve) => member.asking.push(resolve)),
    leave: async () => {
      if (member.isLeaving) return ended;
      member.isLeaving = true;
      // its answer may be long in coming, and on the same connection nothing passes it
      if (member.isJoining) link.drop();
      await leave(member).catch(() => undefined);
      over(member);
      return ended;
    },
  };
}

/** It owns nothing any more, and whoever asks is told so. */
function over(member: Member): void {
  member.isLeaving = true;
  member.link.close();
  for (const answer of member.asking.splice(0)) answer(new Set());
}

interface Member {
  readonly link: Link;
  readonly settings: GroupSettings;
  /** Empty: none yet. */
  id: string;
  claim: Claim;
  isJoining: boolean;
  isLeaving: boolean;
  asking: ((partitions: ReadonlySet<number>) => void)[];
}

async function run(member: Member): Promise<void> {
  const { link, settings } = member;
  const waits = growingWaits(WAIT_FIRST_MS, WAIT_MOST_MS, link.pause);
  let tell = waiting(link);
  let isJoined = false;
  while (!member.isLeaving) {
    try {
      if (!isJoined) {
        member.isJoining = true;
        await join(member).finally(() => {
          member.isJoining = false;
        });
        isJoined = true;
      } else {
        await heartbeat(member);
      }
      waits.reset();
      tell = waiting(link);
      await link.pause(settings.heartbeatMs);
    } catch (error) {
      if (isForGood(error) || error instanceof PartitionsDiffer) throw error;
      const answer = answerOf(error);
      if (answer === 'REBALANCE_IN_PROGRESS') {
        isJoined = false;
        continue;
      }
      if (answer === 'UNKNOWN_MEMBER_ID') member.id = '';
      if (answer === 'UNKNOWN_MEMBER_ID' || answer === 'ILLEGAL_GENERATION') isJoined = false;
      else if (isForNow(error)) link.moved('group', settings.group);
      else link.drop();
      tell('the group', error);
      await waits.next();
    }
  }
}

async function join(member: Member): Promise<void> {
  const { link, settings } = member;
  const { group: groupId, topics, sessionTimeoutMs: sessionTimeout } = settings;
  const rebalanceTimeout = settings.rebalanceTimeoutMs;
  const broker = asGroup(await link.coordinator('group', groupId));
  const metadata = encodeSubscription(topics, member.claim);
  const joined = await within(
    rebalanceTimeout + sessionTimeout + NETWORK_MS,
    'JoinGroup',
    broker.joinGroup({
      ...{ groupId, sessionTimeout, rebalanceTimeout, memberId: member.id },
      groupProtocols: [{ name: PROTOCOL, metadata }],
    }),
  );
  const { generationId, memberId } = joined;
  member.id = memberId;
  const groupAssignment = joined.leaderId === memberId ? await lead(member, joined) : [];
  const request = { groupId, generationId, memberId, groupAssignment };
  await answering(member, async () => {
    const asked = broker.syncGroup(request);
    const { memberAssignment } = await within(rebalanceTimeout + NETWORK_MS, 'SyncGroup', asked);
    const partitions = decodeAssignment(memberAssignment);
    member.claim = { generation: generationId, partitions: [...partitions] };
    if (!member.isLeaving) settings.assigned(partitions, generationId);
  });
}

/**
 * Tells those who have asked until now what the member owns after an exchange with the coordinator. Who
 * asks while it is under way is told after the next one: an answer that lay in a buffer while the process
 * stood still says nothing of now.
 */
async function answering(member: Member, exchange: () => Promise<unknown>): Promise<void> {
  const asking = member.asking.splice(0);
  try {
    await exchange();
    for (const tell of asking) tell(new Set(member.claim.partitions));
  } catch (error) {
    member.asking.push(...asking);
    throw error;
  }
}

/** Divides the partitions among all members. */
async function lead(
  { link, settings }: Member,
  { members }: Awaited<ReturnType<GroupBroker['joinGroup']>>,
): Promise<{ readonly memberId: string; readonly memberAssignment: Buffer }[]> {
  const claims = new Map(
    members.map(({ memberId, memberMetadata }) => [memberId, decodeClaim(memberMetadata)]),
  );
  const counts = await countsOf(link, settings.topics);
  // they were there when this member joined: a broker that does not know one yet will
  if (isMissing(counts)) throw new Error('a topic is not known now');
  const partitions = partitionsIn(counts);
  return [...assign(partitions, claims)].map(([memberId, mine]) => ({
    memberId,
    memberAssignment: encodeAssignment(settings.topics, mine),
  }));
}

async function heartbeat(member: Member): Promise<void> {
  const { link, settings, claim, id } = member;
  const { group: groupId } = settings;
  const broker = asGroup(await link.coordinator('group', groupId));
  const request = { groupId, groupGenerationId: claim.generation, memberId: id };
  const bound = Math.max(settings.heartbeatMs, settings.sessionTimeoutMs / 3);
  await answering(member, () => within(bound, 'Heartbeat', broker.heartbeat(request)));
}

async function leave({ link, settings, id }: Member): Promise<void> {
  if (id === '') return;
  const { group: groupId } = settings;
  const broker = asGroup(await within(LEAVE_MS, 'LeaveGroup', link.coordinator('group', groupId)));
  await within(LEAVE_MS, 'LeaveGroup', broker.leaveGroup({ groupId, memberId: id }));
}

/** A member owns partition p of all topics: that needs the same number of them in each. */
class PartitionsDiffer extends Failure {
  override readonly name = 'PartitionsDiffer';
}

/** Partitions by topic; a topic that is not there has none. */
async function countsOf(
  link: Link,
  topics: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const cluster = await link.cluster();
  await cluster.addMultipleTargetTopics(topics);
  await cluster.refreshMetadata();
  return new Map(
    topics.map((topic) => [topic, cluster.findTopicPartitionMetadata(topic).length] as const),
  );
}

const isMissing = (counts: ReadonlyMap<string, number>): boolean =>
  [...counts.values()].includes(0);

/** @throws PartitionsDiffer */
function partitionsIn(counts: ReadonlyMap<string, number>): number {
  const [partitions = 0] = counts.values();
  if (partitions > 0 && new Set(counts.values()).size === 1) return partitions;
  const said = [...counts].map(([topic, count]) => `${topic} has ${count}`).join(', ');
  throw new PartitionsDiffer(`all input topics need the same number of partitions: ${said}`);
}
