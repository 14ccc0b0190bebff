import { RedisError } from '@tidemark/engine/adapters/redis/errors';
import { RegistryDown } from '@tidemark/engine/adapters/registry/registry';
import {
  faultText,
  Failure,
  Fenced,
  PartitionStopped,
  PositionGone,
  StateLost,
} from '@tidemark/engine/errors';
import { ClusterFault } from './cluster-fault';

describe('what is told of an error', () => {
  it.each([
    new RedisError('EVICTS', 'its maxmemory-policy is allkeys-lru. Set it to noeviction'),
    new RegistryDown('no answer within 10 ms'),
    new Failure('the fence: ECONNREFUSED'),
    new Fenced('another owner'),
    new PartitionStopped('of another application'),
    new PositionGone('journal', 1, 2, 3),
    new StateLost('a state is not there'),
    new ClusterFault('topics differ'),
  ])('is the message of $name: it is made for people', (error) => {
    expect(faultText(error)).toBe(error.message);
  });

  it('is the name of one that is not ours, and its code: the message may hold a record', () => {
    const text = 'bank-1:c-1';
    expect(faultText(new TypeError(text))).toBe('TypeError');
    expect(faultText(Object.assign(new Error(text), { code: 'ENOSPC' }))).toBe('Error ENOSPC');
    expect(faultText(text)).toBe('unknown fault');
  });
});
