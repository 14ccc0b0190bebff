import { AssignerProtocol } from 'kafkajs';

/** What a member says of itself when it joins. */
export interface Claim {
  /** The generation in which it was given its partitions; -1: it has none. */
  readonly generation: number;
  readonly partitions: readonly number[];
}

/** The subscription of a member: the topics, and its claim in the part that is the assigner's own. */
export const encodeSubscription = (topics: readonly string[], claim: Claim): Buffer =>
  AssignerProtocol.MemberMetadata.encode({
    version: 0,
    topics: [...topics],
    userData: Buffer.from(JSON.stringify(claim)),
  });

/** What cannot be read is no claim: a member of another build joins all the same. */
export function decodeClaim(subscription: Buffer): Claim {
  try {
    const { userData } = AssignerProtocol.MemberMetadata.decode(subscription) ?? {};
    const claim = JSON.parse((userData ?? Buffer.alloc(0)).toString()) as Partial<Claim>;
    const { generation, partitions } = claim;
    if (Number.isSafeInteger(generation) && Array.isArray(partitions)) {
      const known = partitions.filter((one) => Number.isSafeInteger(one) && one >= 0);
      return { generation: generation ?? NO_GENERATION, partitions: known };
    }
  } catch {
    // no claim
  }
  return { generation: NO_GENERATION, partitions: [] };
}

export const NO_GENERATION = -1;

/** Written in the form of Kafka's own assigners, so that its tools show who owns what. */
export const encodeAssignment = (
  topics: readonly string[],
  partitions: readonly number[],
): Buffer =>
  AssignerProtocol.MemberAssignment.encode({
    version: 0,
    assignment: Object.fromEntries(topics.map((topic) => [topic, [...partitions]])),
    userData: Buffer.alloc(0),
  });

/** The partitions in an assignment; the same of every topic. */
export function decodeAssignment(assignment: Buffer): ReadonlySet<number> {
  const decoded = AssignerProtocol.MemberAssignment.decode(assignment);
  return new Set(Object.values(decoded?.assignment ?? {}).flat());
}
