import { wireJsonLog } from '@tidemark/processor/wire-json';
import { publishMethodology, readGlobals } from '@tidemark/processor/methodology-topic';
import { GLOBAL_TOPICS } from '@tidemark/processor/topics';
import { say, UsageFault } from '../exit';
import { compiledOf, readMethodology } from '../methodology-file';
import { withCluster } from './cluster';
import type { ClusterOptions } from './cluster-options';
import { methodologyWriter } from './methodology-writer';

/**
 * Publishes a document to all customers of a cluster; said twice it is published once.
 * @throws UsageFault when the document is at fault, or its version was published with other content
 */
export async function publish(nameOrFile: string, options: ClusterOptions): Promise<void> {
  const source = readMethodology(nameOrFile);
  compiledOf(source);
  const { document, framework } = source;
  const name = `${document.id}@${document.version}`;
  await withCluster(options, GLOBAL_TOPICS, async ({ kafka, names, wire, log }) => {
    const published = wireJsonLog(log(0), wire);
    const globals = await readGlobals(published);
    const writer = methodologyWriter(kafka.producer(), names, wire);
    const files = { document, ...(framework === undefined ? {} : { framework }) };
    const outcome = await publishMethodology(published, writer, globals, files, Date.now());
    if (!outcome.ok) throw new UsageFault(outcome.problem);
    say(outcome.isNew ? `published: ${name}` : `${name} is published already: nothing to do`);
  });
}
