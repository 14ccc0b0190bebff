import { setTimeout as pause } from 'node:timers/promises';
import { parseMetrics, valueOf } from '../../support/scraped';
import type { Happened } from './faults';
import type { Worker } from './workers';
import type { Node, World } from './world';

const LOST_MS = 1_000;
const ANSWER_MS = 2_000;
/** Of the four requests of a step one is the commit: which one is under way is chance. */
const TRIES_MAX = 20;

/**
 * The answers of the brokers to a worker are lost, again and again until one of them was that to a commit
 * which the journal then held: whoever did not look there would have done the step twice.
 */
export async function loseAnswers(
  { progress }: World,
  node: Node,
  recoveryMsMax: number,
): Promise<Happened> {
  const before = await foundBy(node.worker);
  let found = 0;
  let healedAt = Date.now();
  for (let tries = 0; tries < TRIES_MAX && found === 0; tries += 1) {
    for (const proxy of node.toKafka) proxy.loseAnswers();
    await pause(LOST_MS);
    for (const proxy of node.toKafka) proxy.heal();
    healedAt = Date.now();
    await progress.allMoveAfter(healedAt, recoveryMsMax);
    found = (await foundBy(node.worker)) - before;
  }
  return { healedAt, found };
}

/** Commits without an answer that a worker has found in the journal; 0: it does not answer, or has found none. */
async function foundBy({ url }: Worker): Promise<number> {
  try {
    const answer = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(ANSWER_MS) });
    const scraped = parseMetrics(await answer.text());
    return valueOf(scraped, 'tidemark_unknown_commits_total', { journal: 'found' }) ?? 0;
  } catch {
    return 0;
  }
}
