import { execFileSync } from 'node:child_process';
import { GenericContainer, Wait } from 'testcontainers';

const IMAGE = 'mongo:8.0.13-noble';
const PORT = 27_017;
const STARTUP_MS = 180_000;

export interface RealMongoDb {
  readonly url: string;
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

/** @returns a function that starts or connects to a real server, or null if there is none */
export const findMongoDb = (): (() => Promise<RealMongoDb>) | null => {
  const url = process.env.MONGODB_URL;
  if (url) return async () => ({ url, stop: async () => undefined });
  return hasDocker() ? startContainer : null;
};

/** Starts a replica set with one member: majority writes and retryable writes need a replica set. */
const startContainer = async (): Promise<RealMongoDb> => {
  const container = await new GenericContainer(IMAGE)
    .withCommand(['--replSet', 'rs0', '--bind_ip_all'])
    .withExposedPorts(PORT)
    .withWaitStrategy(Wait.forLogMessage(/Waiting for connections/i))
    .withStartupTimeout(STARTUP_MS)
    .start();
  const initiate = 'rs.initiate(); while (!db.hello().isWritablePrimary) sleep(100)';
  await container.exec(['mongosh', '--quiet', '--eval', initiate]);
  const url = `mongodb://${container.getHost()}:${container.getMappedPort(PORT)}/?directConnection=true`;
  return { url, stop: async () => void (await container.stop()) };
};
