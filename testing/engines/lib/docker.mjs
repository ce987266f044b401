import { join } from 'node:path';
import { here, root } from './paths.mjs';
import { runTool } from './processes.mjs';

const SERVICES = ['eventstore', 'mongodb', 'kafka'];
const PORTS = { eventstore: 32113, mongodb: 32017, kafka: 32092 };

const compose = (...args) =>
  runTool('docker', [
    'compose',
    '--project-name',
    'rewards-engines',
    ...['--file', join(root, 'docker-compose.yml'), '--file', join(here, 'docker-compose.ports.yml')],
    ...args,
  ]);

export const hasDocker = () =>
  runTool('docker', ['info']).then(
    () => true,
    () => false,
  );

/**
 * Starts the engines of the compose file, with published ports on the loopback interface.
 * @returns the settings that select them
 */
export const dockerUp = async () => {
  await compose('up', '--detach', '--wait', ...SERVICES);
  return {
    EVENTSTORE_URL: `esdb://127.0.0.1:${PORTS.eventstore}?tls=false`,
    MONGODB_URL: `mongodb://127.0.0.1:${PORTS.mongodb}/?directConnection=true`,
    KAFKA_BROKERS: `127.0.0.1:${PORTS.kafka}`,
  };
};

export const dockerDown = () => compose('down', '--volumes');
