import { Failure } from '@tidemark/engine/errors';

/** What a person has to mend before a process of a cluster can go on. */
export class ClusterFault extends Failure {
  override readonly name: string = 'ClusterFault';
}
