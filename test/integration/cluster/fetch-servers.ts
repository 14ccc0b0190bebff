import { kubernetesSchemas } from '../../deploy/kubernetes-schemas';
import { kafkaJars, registryJar } from './downloads';

// before the tests run side by side, so that no suite waits for it
for (const program of [kafkaJars(), registryJar(), kubernetesSchemas()]) {
  if (program.ok) continue;
  console.error(program.why);
  process.exitCode = 1;
}
