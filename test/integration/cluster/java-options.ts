import { existsSync } from 'node:fs';

/** A quick start counts, not the speed of long work. */
export const QUICK = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];

/** Beside the jars of a server: the file with its loaded classes, if `archiveClasses` has made it. */
export const archiveOf = (jars: string): string => `${jars}.jsa`;

/** Options of the Java machine for a server of a test. */
export function quickJava(jars: string): readonly string[] {
  const archive = archiveOf(jars);
  return existsSync(archive) ? [...QUICK, `-XX:SharedArchiveFile=${archive}`] : QUICK;
}
