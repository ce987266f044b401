import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import kafkajs from 'kafkajs';
import { buildOnce, cacheFolder, here } from './paths.mjs';
import { freePort, runTool, startProcess } from './processes.mjs';

/** A Kafka broker that is its own controller (KRaft), from the artifacts of Maven Central. */
export const kafka = {
  build() {
    const pom = join(here, 'kafka/pom.xml');
    const copy = ['--batch-mode', '--quiet', '--file', pom, 'dependency:copy-dependencies'];
    return buildOnce(cacheFolder('kafka', pom), (folder) => runTool('mvn', [...copy, `-DoutputDirectory=${folder}`]));
  },

  async configure(directory, jars) {
    const [port, controllerPort] = [await freePort(), await freePort()];
    const settings = {
      'process.roles': 'broker,controller',
      'node.id': 1,
      'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
      listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
      'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
      'controller.listener.names': 'CONTROLLER',
      'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
      'log.dirs': join(directory, 'log'),
      'offsets.topic.replication.factor': 1,
      'offsets.topic.num.partitions': 4,
      'transaction.state.log.replication.factor': 1,
      'transaction.state.log.min.isr': 1,
      'group.initial.rebalance.delay.ms': 0,
      'auto.create.topics.enable': false,
    };
    const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`);
    const file = propertiesOf(directory);
    writeFileSync(file, lines.join(''));
    await runTool(
      'java',
      java(jars, '256m', 'kafka.tools.StorageTool', 'format', '--cluster-id', newClusterId(), '--config', file),
    );
    return { port };
  },

  start: (directory, jars, _options, logFile) =>
    startProcess('java', java(jars, '512m', 'kafka.Kafka', propertiesOf(directory)), logFile),

  async ping({ port }) {
    const client = new kafkajs.Kafka({
      brokers: [`127.0.0.1:${port}`],
      logLevel: kafkajs.logLevel.NOTHING,
      retry: { retries: 0 },
    });
    const admin = client.admin();
    try {
      await admin.connect();
      const { controller } = await admin.describeCluster();
      if (controller === null) throw new Error('The cluster has no controller yet.');
    } finally {
      await admin.disconnect();
    }
  },

  settings: ({ port }) => ({ KAFKA_BROKERS: `127.0.0.1:${port}` }),
};

const propertiesOf = (directory) => join(directory, 'server.properties');

/** Returns arguments for a JVM with a fast start and low CPU use: limited compilation and the serial garbage collector. */
const java = (jars, heap, main, ...args) => [
  `-Xmx${heap}`,
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
  '-cp',
  join(jars, '*'),
  main,
  ...args,
];

/** Returns 16 random bytes in URL-safe base 64. A leading `-` would be parsed as an option. */
const newClusterId = () => `A${randomBytes(16).toString('base64url').slice(1)}`;
