import { kubernetesSchemas } from '../../deploy/kubernetes-schemas';
import { archiveClasses } from './class-archives';
import { kafkaJars, registryJar } from './downloads';
import { stopAll } from './processes';

// before the tests run side by side, so that no suite waits for it
for (const program of [kafkaJars(), registryJar(), kubernetesSchemas()]) {
  if (program.ok) continue;
  console.error(program.why);
  process.exitCode = 1;
}
// without it they start all the same, in twice the time
archiveClasses()
  .catch((error: unknown) => console.error(error))
  .finally(stopAll);
