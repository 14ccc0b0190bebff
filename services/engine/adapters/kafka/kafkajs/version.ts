import { version } from 'kafkajs/package.json';

/** The only version whose inside was read: reading and fencing rest on it. */
export const KAFKAJS = '2.2.4';

/**
 * Refuses to run on another kafkajs: this adapter goes past its public interface, so that another version
 * might lose or double records without an error.
 * @throws Error
 */
export function checkVersion(found: string = version): void {
  if (found === KAFKAJS) return;
  throw new Error(
    `this build needs kafkajs ${KAFKAJS}, found ${found}: install exactly that version, or read services/engine/adapters/kafka/kafkajs/internals.d.ts against the new one and run test/integration/cluster`,
  );
}
