import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { APICURIO, cacheFolder, KAFKA } from './downloads';

export type Server = 'kafka' | 'registry';

/** A quick start counts, not the speed of long work. */
export const QUICK = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];

/** The file with the loaded classes of a server, if `archiveClasses` has made it. */
export const archiveOf = (server: Server): string =>
  join(cacheFolder(), server === 'kafka' ? `kafka-${KAFKA}.jsa` : `apicurio-${APICURIO}.jsa`);

/** Options of the Java machine for a server of a test. */
export function quickJava(server: Server): readonly string[] {
  const archive = archiveOf(server);
  return existsSync(archive) ? [...QUICK, `-XX:SharedArchiveFile=${archive}`] : QUICK;
}
