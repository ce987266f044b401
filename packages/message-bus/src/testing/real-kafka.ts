import { execFileSync } from 'node:child_process';
import { freePorts } from '@rewards/testing/free-ports';
import { GenericContainer, Wait } from 'testcontainers';

const IMAGE = 'apache/kafka:3.9.1';
const STARTUP_MS = 180_000;

export interface RealKafka {
  readonly brokers: readonly string[];
  stop(): Promise<void>;
}

const hasDocker = (): boolean => {
  try {
    execFileSync('docker', ['info'], { stdio: 'ignore', timeout: 5_000 });
    return true;
  } catch {
    return false;
  }
};

/** @returns a function that starts or connects to a real broker, or null if there is none */
export const findKafka = (): (() => Promise<RealKafka>) | null => {
  const brokers = process.env.KAFKA_BROKERS;
  if (brokers) return async () => ({ brokers: brokers.split(','), stop: async () => undefined });
  return hasDocker() ? startContainer : null;
};

/** Starts a broker. It advertises its own address to clients, so the outside port is chosen before the start. */
const startContainer = async (): Promise<RealKafka> => {
  const [port = 0] = await freePorts(1);
  const container = await new GenericContainer(IMAGE)
    .withEnvironment({
      KAFKA_NODE_ID: '1',
      KAFKA_PROCESS_ROLES: 'broker,controller',
      KAFKA_CONTROLLER_QUORUM_VOTERS: '1@localhost:9093',
      KAFKA_LISTENERS: `PLAINTEXT://0.0.0.0:${port},CONTROLLER://localhost:9093`,
      KAFKA_ADVERTISED_LISTENERS: `PLAINTEXT://127.0.0.1:${port}`,
      KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
      KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
      KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
      KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
      KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
      KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
      KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
    })
    .withExposedPorts({ container: port, host: port })
    .withWaitStrategy(Wait.forLogMessage(/Kafka Server started/))
    .withStartupTimeout(STARTUP_MS)
    .start();
  return { brokers: [`127.0.0.1:${port}`], stop: async () => void (await container.stop()) };
};
